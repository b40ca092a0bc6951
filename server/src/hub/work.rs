//! A job is due: how the worker hears of it before its next look.

use std::sync::Arc;

use tokio::sync::Notify;

/// Wakes who waits for work. Cheap to clone.
#[derive(Clone, Default)]
pub struct WorkSignal(Arc<Notify>);

impl WorkSignal {
    /// Wakes everybody who waits, and whoever waits next: a signal that comes while all are busy is not lost.
    pub fn announce(&self) {
        self.0.notify_waiters();
        self.0.notify_one();
    }

    /// Returns when there may be work. May return for nothing.
    pub async fn wait(&self) {
        self.0.notified().await;
    }
}
