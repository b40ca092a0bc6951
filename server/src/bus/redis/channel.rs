//! The names of the channels, and what their messages become.

use ::redis::{PushInfo, PushKind, Value};
use bytes::Bytes;
use uuid::Uuid;

use crate::bus::BusEvent;

/// Signals between processes.
pub(super) const CONTROL: &str = "playmarks:control";
const USER: &str = "progress:user:";

/// The channel of a user's updates.
pub(super) fn of_user(user_id: Uuid) -> String {
    format!("{USER}{user_id}")
}

/// Reads what Redis pushed; `None` for what is not a message, or not one that can be used, which is logged.
pub(super) fn read(push: PushInfo) -> Option<BusEvent> {
    if push.kind != PushKind::Message {
        return None;
    }
    let mut data = push.data.into_iter();
    let (Some(channel), Some(payload)) = (data.next().and_then(bytes), data.next().and_then(bytes)) else {
        tracing::warn!("Redis pushed a message of an unknown shape");
        return None;
    };
    if channel == CONTROL.as_bytes() {
        return match serde_json::from_slice(&payload) {
            Ok(signal) => Some(BusEvent::Signal(signal)),
            Err(error) => {
                tracing::warn!(channel = CONTROL, %error, bytes = payload.len(), "a message that is not a signal was dropped");
                metrics::counter!("playmarks_signals_invalid_total").increment(1);
                None
            }
        };
    }
    let name = str::from_utf8(&channel).unwrap_or_default();
    let Some(user_id) = name.strip_prefix(USER).and_then(|id| Uuid::try_parse(id).ok()) else {
        tracing::warn!(channel = name, "a message on a channel that nobody subscribed to was dropped");
        return None;
    };
    Some(BusEvent::Progress { user_id, payload: Bytes::from(payload) })
}

fn bytes(value: Value) -> Option<Vec<u8>> {
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
    fn messages_become_events() {
        let user_id = Uuid::from_u128(7);
        assert_eq!(read(message(&of_user(user_id), b"\xff")), Some(BusEvent::Progress { user_id, payload: Bytes::from_static(b"\xff") }));
        let json = serde_json::to_vec(&Signal::SessionEnded { session_id: user_id }).unwrap();
        assert_eq!(json, br#"{"type":"session_ended","session_id":"00000000-0000-0000-0000-000000000007"}"#);
        assert_eq!(read(message(CONTROL, &json)), Some(BusEvent::Signal(Signal::SessionEnded { session_id: user_id })));
    }

    #[test]
    fn what_cannot_be_read_is_dropped() {
        assert_eq!(read(message(CONTROL, b"garbage")), None);
        assert_eq!(read(message("progress:user:somebody", b"{}")), None);
        assert_eq!(read(PushInfo { kind: PushKind::Message, data: vec![Value::Int(1)] }), None);
        assert_eq!(read(PushInfo { kind: PushKind::Subscribe, data: vec![] }), None);
    }
}
