//! Messages between the processes of one system: progress updates and signals. Delivery is best effort; what is lost here is repaired from
//! the database.

pub mod local;
mod outbox;
pub mod publisher;
pub mod redis;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

/// A message on `playmarks:control`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// The session was signed out; its sockets close.
    SessionEnded {
        /// Sockets were opened with this session.
        session_id: Uuid,
    },
    /// The user dismissed the job's card in some tab.
    JobDismissed {
        user_id: Uuid,
        /// The job, which has ended.
        job_id: Uuid,
    },
    /// These jobs were deleted with their list.
    JobsRemoved {
        user_id: Uuid,
        /// The jobs, which no longer exist: all in one message, however many.
        job_ids: Vec<Uuid>,
    },
    /// A job is due: workers claim it now instead of at their next poll.
    WorkWaiting,
    /// The sender could not publish some job states, which are in the database.
    StatesLost,
}

/// Wakes the idle workers of this process, upon [`Signal::WorkWaiting`]. Clones share it.
#[derive(Clone, Default)]
pub struct WorkSignal(Arc<Notify>);

impl WorkSignal {
    /// Wakes everyone who waits, and the next one who will: a signal that arrives while all are busy is not lost.
    pub fn announce(&self) {
        self.0.notify_waiters();
        self.0.notify_one();
    }

    /// Returns when there may be work. Sometimes there is none.
    pub async fn wait(&self) {
        self.0.notified().await;
    }
}

/// What a bus delivers to this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusEvent {
    /// A message on a user's channel, from any publisher.
    Progress {
        user_id: Uuid,
        /// Not validated.
        payload: Bytes,
    },
    /// From any process, this one included.
    Signal(Signal),
    /// The connection is lost, and with it what is published until [`Self::Restored`].
    Lost,
    /// Connected again, with every subscription.
    Restored,
    /// Some messages were lost, although the connection was not.
    Gap,
}

/// The bus is unreachable, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bus is unavailable: {0}")]
pub struct BusUnavailable(pub String);

/// Both implementations pass one contract suite (`tests/it/bus`).
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Publishes an update's JSON on a user's channel.
    ///
    /// # Errors
    /// [`BusUnavailable`]; the message is lost.
    async fn publish(&self, user_id: Uuid, payload: Bytes) -> Result<(), BusUnavailable>;
    /// Sends a signal to every process, this one included.
    ///
    /// # Errors
    /// [`BusUnavailable`]; the signal is lost.
    async fn signal(&self, signal: &Signal) -> Result<(), BusUnavailable>;
    /// Subscribes this process to a user's channel. Returns when the subscription is confirmed. Idempotent.
    ///
    /// # Errors
    /// [`BusUnavailable`]; not subscribed.
    async fn subscribe(&self, user_id: Uuid) -> Result<(), BusUnavailable>;
    /// Ends the subscription. Idempotent.
    async fn unsubscribe(&self, user_id: Uuid);
    /// True while messages of this user can be sent and received.
    fn is_up_for(&self, user_id: Uuid) -> bool;
    /// A sentence about what is wrong, and what to do about it; `None` while all messages can be sent and received.
    fn problem(&self) -> Option<String>;
    /// For `/readyz`: `local` or `redis`.
    fn kind(&self) -> &'static str;
    /// Returns the receiver of this process's events; `None` if it was taken already. If its reader falls behind, messages are dropped,
    /// which is announced by a [`BusEvent::Gap`].
    fn take_events(&self) -> Option<mpsc::Receiver<BusEvent>>;
}
