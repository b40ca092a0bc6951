//! The bus of a single-process system: a set of subscriptions and a queue.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Bus, BusEvent, BusUnavailable, Signal,
    outbox::{CAPACITY, Outbox},
};

/// Delivers within this process; its connection is never lost.
pub struct LocalBus {
    subscribed: Mutex<HashSet<Uuid>>,
    outbox: Arc<Outbox>,
}

impl LocalBus {
    /// Without subscriptions.
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
    async fn publish(&self, user_id: Uuid, payload: Bytes) -> Result<(), BusUnavailable> {
        // Held until the message is queued, so that none is queued after `unsubscribe` has returned.
        let subscribed = self.subscribed();
        if subscribed.contains(&user_id) {
            self.outbox.try_send(BusEvent::Progress { user_id, payload });
        }
        Ok(())
    }

    async fn signal(&self, signal: &Signal) -> Result<(), BusUnavailable> {
        self.outbox.try_send(BusEvent::Signal(signal.clone()));
        Ok(())
    }

    async fn subscribe(&self, user_id: Uuid) -> Result<(), BusUnavailable> {
        self.subscribed().insert(user_id);
        Ok(())
    }

    async fn unsubscribe(&self, user_id: Uuid) {
        self.subscribed().remove(&user_id);
    }

    fn is_up_for(&self, _user_id: Uuid) -> bool {
        true
    }

    fn problem(&self) -> Option<String> {
        None
    }

    fn kind(&self) -> &'static str {
        "local"
    }

    fn take_events(&self) -> Option<mpsc::Receiver<BusEvent>> {
        self.outbox.take_receiver()
    }
}
