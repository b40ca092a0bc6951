//! Which server carries which channels: one server all of them, the primaries of a Redis Cluster those of their slots.

use std::{collections::BTreeMap, ops::RangeInclusive};

use ::redis::{Cmd, ConnectionAddr, ErrorKind, RedisError, Value, aio::MultiplexedConnection};

use super::channel::SLOTS;

/// The servers that carry messages now.
pub(super) struct Topology {
    /// Whether it is a cluster: messages travel by sharded pub/sub.
    pub(super) sharded: bool,
    /// Host and port of each, with its slots in order.
    pub(super) owners: BTreeMap<Address, Vec<RangeInclusive<u16>>>,
}

/// Host and port; for a socket file its path and 0.
pub(super) type Address = (String, u16);

pub(super) fn address_of(address: &ConnectionAddr) -> Address {
    match address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => (host.clone(), *port),
        other => (other.to_string(), 0),
    }
}

impl Topology {
    /// Asks a server.
    ///
    /// # Errors
    /// A sentence why it cannot be used.
    pub(super) async fn ask(redis: &mut MultiplexedConnection, address: &Address) -> Result<Self, String> {
        match Cmd::new().arg("CLUSTER").arg("SLOTS").to_owned().query_async(redis).await {
            Ok(Value::Array(slots)) => Self::parse(&slots, &address.0).ok_or_else(|| "its answer to CLUSTER SLOTS cannot be read".into()),
            // Without cluster support, or without the permission to ask.
            Ok(_) => Self::ask_single(redis, address).await,
            Err(error) if is_refusal(&error) => Self::ask_single(redis, address).await,
            Err(error) => Err(error.to_string()),
        }
    }

    async fn ask_single(redis: &mut MultiplexedConnection, address: &Address) -> Result<Self, String> {
        let role = match Cmd::new().arg("ROLE").to_owned().query_async::<Vec<Value>>(redis).await {
            Ok(answer) => answer.first().and_then(text).unwrap_or_default(),
            Err(error) if is_refusal(&error) => String::new(),
            Err(error) => return Err(error.to_string()),
        };
        match role.as_str() {
            "slave" => Err("it is a replica, and what is sent to it reaches nobody at the primary: name the primary in REDIS_URL, too".into()),
            "sentinel" => {
                Err("it is a Sentinel, which carries no messages: name the Redis servers themselves in REDIS_URL, separated by commas".into())
            }
            _ => Ok(Self { sharded: false, owners: [(address.clone(), vec![0..=SLOTS - 1])].into() }),
        }
    }

    /// Of a node that does not know its own address, that is the one by which it was asked.
    fn parse(slots: &[Value], asked_host: &str) -> Option<Self> {
        let mut owners: BTreeMap<Address, Vec<RangeInclusive<u16>>> = BTreeMap::new();
        for range in slots {
            let Value::Array(range) = range else { return None };
            // The first server is the primary; its replicas follow.
            let [Value::Int(first), Value::Int(last), Value::Array(primary), ..] = range.as_slice() else { return None };
            let [host, Value::Int(port), ..] = primary.as_slice() else { return None };
            let host = text(host).filter(|host| !host.is_empty() && host != "?").unwrap_or_else(|| asked_host.to_owned());
            let range = u16::try_from(*first).ok()?..=u16::try_from(*last).ok()?;
            owners.entry((host, u16::try_from(*port).ok()?)).or_default().push(range);
        }
        owners.values_mut().for_each(|ranges| ranges.sort_by_key(|range| *range.start()));
        Some(Self { sharded: true, owners })
    }
}

/// Whether the server answered, with an error.
fn is_refusal(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: i64, last: i64, host: Value, port: i64) -> Value {
        let replica = Value::Array(vec![Value::BulkString(b"replica".into()), Value::Int(1)]);
        Value::Array(vec![Value::Int(first), Value::Int(last), Value::Array(vec![host, Value::Int(port)]), replica])
    }

    #[test]
    fn primaries_own_their_slots() {
        let host = |name: &str| Value::BulkString(name.into());
        let slots = [range(9, 16_383, host("b"), 2), range(5, 8, host("a"), 1), range(0, 3, host("a"), 1), range(4, 4, Value::Nil, 3)];
        let topology = Topology::parse(&slots, "asked").unwrap();
        let owners = [(("a".into(), 1), vec![0..=3, 5..=8]), (("asked".into(), 3), vec![4..=4]), (("b".into(), 2), vec![9..=16_383])];
        assert_eq!(topology.owners, owners.into());
        assert!(topology.sharded);
        assert!(Topology::parse(&[Value::Int(1)], "asked").is_none());
    }
}
