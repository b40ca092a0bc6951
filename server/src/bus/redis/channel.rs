//! Names of the Redis channels, which slot of a cluster each belongs to, and what arrives on them.

use ::redis::{PushInfo, PushKind, Value};
use bytes::Bytes;
use crc::{CRC_16_XMODEM, Crc};
use uuid::Uuid;

use crate::bus::BusEvent;

/// Carries [`crate::bus::Signal`]s.
pub(super) const CONTROL: &str = "playmarks:control";
const USER_PREFIX: &str = "progress:user:";
const ECHO_PREFIX: &str = "playmarks:echo:";

/// Slots of a Redis Cluster, each of which belongs to one of its primaries.
pub(super) const SLOTS: u16 = 16_384;
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// A message of one of our subscriptions.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Event(BusEvent),
    /// The number that this process sent to itself.
    Echo(u64),
}

pub(super) fn for_user(user_id: Uuid) -> String {
    format!("{USER_PREFIX}{user_id}")
}

/// A channel on which one process sends messages to itself, in a slot that `owned` accepts.
pub(super) fn for_echo(owned: impl Fn(u16) -> bool) -> String {
    let id = Uuid::new_v4();
    let names = (0..u32::MAX).map(|number| format!("{ECHO_PREFIX}{id}:{number}"));
    names.into_iter().find(|name| owned(slot(name))).unwrap_or_else(|| format!("{ECHO_PREFIX}{id}"))
}

/// The slot of a channel (Redis Cluster specification, "Key distribution model"; none of our names has a hash tag).
pub(super) fn slot(channel: &str) -> u16 {
    CRC.checksum(channel.as_bytes()) % SLOTS
}

/// `None` for a push that is not a message, or an invalid one, which is logged.
pub(super) fn parse_push(push: PushInfo) -> Option<Incoming> {
    if !matches!(push.kind, PushKind::Message | PushKind::SMessage) {
        return None;
    }
    let mut data = push.data.into_iter();
    let (Some(channel), Some(payload)) = (data.next().and_then(into_bytes), data.next().and_then(into_bytes)) else {
        tracing::warn!("a Redis message of unknown form was dropped");
        return None;
    };
    if channel == CONTROL.as_bytes() {
        return match serde_json::from_slice(&payload) {
            Ok(signal) => Some(Incoming::Event(BusEvent::Signal(signal))),
            Err(error) => {
                tracing::warn!(channel = CONTROL, %error, bytes = payload.len(), "an invalid signal was dropped");
                metrics::counter!("playmarks_signals_invalid_total").increment(1);
                None
            }
        };
    }
    let name = str::from_utf8(&channel).unwrap_or_default();
    if name.starts_with(ECHO_PREFIX) {
        return str::from_utf8(&payload).ok()?.parse().ok().map(Incoming::Echo);
    }
    let Some(user_id) = name.strip_prefix(USER_PREFIX).and_then(|id| Uuid::try_parse(id).ok()) else {
        tracing::warn!(channel = name, "a message on an unknown channel was dropped");
        return None;
    };
    Some(Incoming::Event(BusEvent::Progress { user_id, payload: Bytes::from(payload) }))
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
        let event = Incoming::Event(BusEvent::Progress { user_id, payload: Bytes::from_static(b"\xff") });
        assert_eq!(parse_push(message(&for_user(user_id), b"\xff")), Some(event));
        let json = serde_json::to_vec(&Signal::SessionEnded { session_id: user_id }).unwrap();
        assert_eq!(json, br#"{"type":"session_ended","session_id":"00000000-0000-0000-0000-000000000007"}"#);
        assert_eq!(parse_push(message(CONTROL, &json)), Some(Incoming::Event(BusEvent::Signal(Signal::SessionEnded { session_id: user_id }))));
        assert_eq!(parse_push(message(&for_echo(|_| true), b"12")), Some(Incoming::Echo(12)));
    }

    #[test]
    fn invalid_messages_are_dropped() {
        assert_eq!(parse_push(message(CONTROL, b"garbage")), None);
        assert_eq!(parse_push(message("progress:user:somebody", b"{}")), None);
        assert_eq!(parse_push(PushInfo { kind: PushKind::Message, data: vec![Value::Int(1)] }), None);
        assert_eq!(parse_push(PushInfo { kind: PushKind::Subscribe, data: vec![] }), None);
    }

    #[test]
    fn slots_are_those_of_redis() {
        // As `CLUSTER KEYSLOT` answers.
        assert_eq!((slot("123456789"), slot(CONTROL), slot(&for_user(Uuid::from_u128(7)))), (12_739, 8_465, 16_037));
        assert_eq!(slot(&for_echo(|slot| slot == 77)), 77);
    }
}
