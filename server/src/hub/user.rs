//! Users with sockets in this process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::Mailbox;

pub(super) struct User {
    pub(super) id: Uuid,
    /// Whether the bus is subscribed to the user. Locked while that changes, so that subscribing and unsubscribing do not overlap, and a second
    /// socket waits for the confirmation of the first.
    pub(super) subscribed: tokio::sync::Mutex<bool>,
    sockets: Mutex<Vec<Arc<Socket>>>,
}

pub(super) struct Socket {
    /// The socket is closed when it ends.
    pub(super) session_id: Uuid,
    pub(super) mailbox: Mailbox,
}

impl User {
    pub(super) fn new(id: Uuid) -> Self {
        Self { id, subscribed: tokio::sync::Mutex::new(false), sockets: Mutex::default() }
    }

    pub(super) fn sockets(&self) -> MutexGuard<'_, Vec<Arc<Socket>>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
