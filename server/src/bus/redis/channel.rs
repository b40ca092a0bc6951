//! Names of the Redis channels, and how their messages become events.

use ::redis::{PushInfo, PushKind, Value};
use bytes::Bytes;
use uuid::Uuid;

use crate::bus::BusEvent;

/// Carries [`crate::bus::Signal`]s.
pub(super) const CONTROL: &str = "playmarks:control";
const USER_PREFIX: &str = "progress:user:";

pub(super) fn for_user(user_id: Uuid) -> String {
    format!("{USER_PREFIX}{user_id}")
}

/// `None` for a push that is not a message, or an invalid one, which is logged.
pub(super) fn parse_push(push: PushInfo) -> Option<BusEvent> {
    if push.kind != PushKind::Message {
        return None;
    }
    let mut data = push.data.into_iter();
    let (Some(channel), Some(payload)) = (data.next().and_then(into_bytes), data.next().and_then(into_bytes)) else {
        tracing::warn!("a Redis message of unknown form was dropped");
        return None;
    };
    if channel == CONTROL.as_bytes() {
        return match serde_json::from_slice(&payload) {
            Ok(signal) => Some(BusEvent::Signal(signal)),
            Err(error) => {
                tracing::warn!(channel = CONTROL, %error, bytes = payload.len(), "an invalid signal was dropped");
                metrics::counter!("playmarks_signals_invalid_total").increment(1);
                None
            }
        };
    }
    let name = str::from_utf8(&channel).unwrap_or_default();
    let Some(user_id) = name.strip_prefix(USER_PREFIX).and_then(|id| Uuid::try_parse(id).ok()) else {
        tracing::warn!(channel = name, "a message on an unknown channel was dropped");
        return None;
    };
    Some(BusEvent::Progress { user_id, payload: Bytes::from(payload) })
}

fn into_bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Signal;

    fn message(channel: &str, payload: &[u8]) -> PushInfo {
        PushInfo { kind: PushKind::Message, data: vec![Value::BulkString(channel.into()), Value::BulkString(payload.into())] }
    }

    #[test]
    fn messages_become_events_of_their_channel() {
        let user_id = Uuid::from_u128(7);
        assert_eq!(parse_push(message(&for_user(user_id), b"\xff")), Some(BusEvent::Progress { user_id, payload: Bytes::from_static(b"\xff") }));
        let json = serde_json::to_vec(&Signal::SessionEnded { session_id: user_id }).unwrap();
        assert_eq!(json, br#"{"type":"session_ended","session_id":"00000000-0000-0000-0000-000000000007"}"#);
        assert_eq!(parse_push(message(CONTROL, &json)), Some(BusEvent::Signal(Signal::SessionEnded { session_id: user_id })));
    }

    #[test]
    fn invalid_messages_are_dropped() {
        assert_eq!(parse_push(message(CONTROL, b"garbage")), None);
        assert_eq!(parse_push(message("progress:user:somebody", b"{}")), None);
        assert_eq!(parse_push(PushInfo { kind: PushKind::Message, data: vec![Value::Int(1)] }), None);
        assert_eq!(parse_push(PushInfo { kind: PushKind::Subscribe, data: vec![] }), None);
    }
}
