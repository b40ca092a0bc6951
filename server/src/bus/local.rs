//! The bus of a system that is one process: a set of subscriptions and a channel.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Bus, BusAway, BusEvent, Signal,
    outbox::{CAPACITY, Outbox},
};

/// Delivers within this process. Always up.
pub struct LocalBus {
    subscribed: Mutex<HashSet<Uuid>>,
    outbox: Arc<Outbox>,
}

impl LocalBus {
    /// A bus without subscriptions.
    pub fn new() -> Self {
        Self { subscribed: Mutex::default(), outbox: Outbox::new(CAPACITY) }
    }

    fn subscribed(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.subscribed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for LocalBus {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, user_id: Uuid, payload: Bytes) -> Result<(), BusAway> {
        // The lock is held while the message is passed on, so that none arrives after `unsubscribe` has returned.
        let subscribed = self.subscribed();
        if subscribed.contains(&user_id) {
            self.outbox.offer(BusEvent::Progress { user_id, payload });
        }
        Ok(())
    }

    async fn signal(&self, signal: &Signal) -> Result<(), BusAway> {
        self.outbox.offer(BusEvent::Signal(signal.clone()));
        Ok(())
    }

    async fn subscribe(&self, user_id: Uuid) -> Result<(), BusAway> {
        self.subscribed().insert(user_id);
        Ok(())
    }

    async fn unsubscribe(&self, user_id: Uuid) {
        self.subscribed().remove(&user_id);
    }

    fn is_up(&self) -> bool {
        true
    }

    fn kind(&self) -> &'static str {
        "local"
    }

    fn events(&self) -> Option<mpsc::Receiver<BusEvent>> {
        self.outbox.take()
    }
}
