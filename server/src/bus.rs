//! How the processes of one system tell each other that something happened. A hint, never the truth: what is lost here is
//! repaired from the database.

pub mod local;
mod outbox;
pub mod publisher;
pub mod redis;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;

/// What travels on `playmarks:control`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// The session was signed out; its sockets close.
    SessionEnded {
        /// The session.
        session_id: Uuid,
    },
    /// The card was put away in some tab.
    JobDismissed {
        /// Whose.
        user_id: Uuid,
        /// The job.
        job_id: Uuid,
    },
    /// The job is gone.
    JobRemoved {
        /// Whose.
        user_id: Uuid,
        /// The job.
        job_id: Uuid,
    },
    /// A job is due: workers need not wait for their next look.
    WorkWaiting,
}

/// What the bus brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusEvent {
    /// A message on a user's channel, unread: from any publisher.
    Progress {
        /// Whose channel.
        user_id: Uuid,
        /// As it came; to be checked.
        payload: Bytes,
    },
    /// A signal.
    Signal(Signal),
    /// The connection is gone; what was published since is lost.
    Lost,
    /// It is back, with every subscription.
    Restored,
}

/// The bus cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bus away: {0}")]
pub struct BusAway(pub String);

/// A bus. Both implementations pass one contract suite (`tests/it/bus`).
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Publishes an update's JSON on a user's channel.
    ///
    /// # Errors
    /// [`BusAway`]; the message is lost.
    async fn publish(&self, user_id: Uuid, payload: Bytes) -> Result<(), BusAway>;
    /// Sends a signal to every process, this one included.
    ///
    /// # Errors
    /// [`BusAway`]; the signal is lost.
    async fn signal(&self, signal: &Signal) -> Result<(), BusAway>;
    /// Subscribes this process to a user's channel. Returns when the subscription is confirmed. Idempotent.
    ///
    /// # Errors
    /// [`BusAway`]; not subscribed.
    async fn subscribe(&self, user_id: Uuid) -> Result<(), BusAway>;
    /// Ends the subscription. Idempotent.
    async fn unsubscribe(&self, user_id: Uuid);
    /// True while messages can be expected to arrive.
    fn is_up(&self) -> bool;
    /// For `/readyz`: `local` or `redis`.
    fn kind(&self) -> &'static str;
    /// The one stream of what the bus brings; `None` when it was taken before. If the reader falls behind, messages are dropped and
    /// [`BusEvent::Lost`] followed by [`BusEvent::Restored`] says so.
    fn events(&self) -> Option<mpsc::Receiver<BusEvent>>;
}
