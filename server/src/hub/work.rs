//! How the worker learns that a job is due before its next poll.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes idle workers. Clones share it.
#[derive(Clone, Default)]
pub struct WorkSignal(Arc<Notify>);

impl WorkSignal {
    /// Wakes everyone who waits, and the next one who will: a signal while all are busy is not lost.
    pub fn announce(&self) {
        self.0.notify_waiters();
        self.0.notify_one();
    }

    /// Returns when there may be work; sometimes there is none.
    pub async fn wait(&self) {
        self.0.notified().await;
    }
}
