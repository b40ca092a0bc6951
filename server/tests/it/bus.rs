//! The contract of every bus, and how the Redis bus survives outages.

mod cluster;
mod contract;
mod outage;
pub(crate) mod redis_cluster;
pub(crate) mod redis_server;
mod wrong_server;

use std::{sync::Arc, time::Duration};

use server::internals::bus::{Bus, BusEvent, redis::RedisBus};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::TIMEOUT;

/// A bus with its events; disconnected when dropped.
pub(crate) struct BusClient {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) events: mpsc::Receiver<BusEvent>,
    _shutdown: Option<DropGuard>,
}

impl BusClient {
    pub(crate) fn local() -> Self {
        let bus: Arc<dyn Bus> = Arc::new(server::internals::bus::local::LocalBus::new());
        let events = bus.take_events().expect("they were not taken before");
        Self { bus, events, _shutdown: None }
    }

    pub(crate) async fn redis(url: &str) -> Self {
        let shutdown = CancellationToken::new();
        let (bus, _supervisor) = RedisBus::start(url, shutdown.clone()).await.expect("the address is valid");
        let events = bus.take_events().expect("they were not taken before");
        Self { bus: Arc::new(bus), events, _shutdown: Some(shutdown.drop_guard()) }
    }

    /// The next event that `wanted` accepts; skips others, since other tests send on the same control channel.
    pub(crate) async fn next<T>(&mut self, mut wanted: impl FnMut(BusEvent) -> Option<T>) -> T {
        let search = async {
            loop {
                if let Some(found) = wanted(self.events.recv().await.expect("the bus ended")) {
                    return found;
                }
            }
        };
        tokio::time::timeout(TIMEOUT, search).await.expect("the event did not arrive")
    }

    /// The next message on a user's channel, if one comes soon.
    pub(crate) async fn message_within_a_second(&mut self) -> Option<(uuid::Uuid, bytes::Bytes)> {
        tokio::time::timeout(Duration::from_secs(1), self.message()).await.ok()
    }

    /// The next message on a user's channel.
    pub(crate) async fn message(&mut self) -> (uuid::Uuid, bytes::Bytes) {
        self.next(|event| match event {
            BusEvent::Progress { user_id, payload } => Some((user_id, payload)),
            _ => None,
        })
        .await
    }
}

/// The Redis that tests share. Only its control channel is common to them.
pub(crate) fn shared_redis() -> String {
    std::env::var("TEST_REDIS_URL")
        .expect("Set TEST_REDIS_URL to a Redis that tests may use, such as redis://127.0.0.1:6379/; script/test starts one by itself.")
}
