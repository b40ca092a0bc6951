//! The sockets of one user.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::Mailbox;

/// A user with sockets here.
pub(super) struct User {
    pub(super) id: Uuid,
    /// Whether this process is subscribed to the user. Held while that changes, so that subscribing and unsubscribing follow each other and a
    /// second socket waits for the confirmation that the first one asked for.
    pub(super) subscribed: tokio::sync::Mutex<bool>,
    sockets: Mutex<Vec<Arc<Socket>>>,
}

/// One socket.
pub(super) struct Socket {
    /// Lives and dies with it.
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
