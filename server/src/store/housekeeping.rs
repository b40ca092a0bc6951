//! What belongs to the whole instance: its secret, its health, its cleaning.

use std::time::Duration;

use async_trait::async_trait;

use super::Result;

/// Jobs whose history one transaction prunes. A job has some hundred events, so that nobody waits long for its locks, nor for SQLite's
/// writer.
pub(super) const PRUNED_JOBS: i64 = 10;

/// The instance.
#[async_trait]
pub trait Housekeeping {
    /// Answers if the database does.
    async fn ping(&self) -> Result<()>;
    /// Lets go of the database; SQLite's file is whole by itself then. Waits for what is under way, and refuses what comes later.
    async fn close(&self);
    /// The secret that every process of this system shares: `candidate` is stored if there is none yet; the stored one is answered.
    async fn instance_secret(&self, candidate: &[u8]) -> Result<Vec<u8>>;
    /// Deletes what has expired: sessions, tickets and counters. Safe to call at any time from anywhere.
    async fn delete_expired(&self) -> Result<()>;
    /// Prunes the history of a few jobs that ended at least `ended_for` ago to the first event, those with an `error`, and the terminal one;
    /// answers how many jobs, 0 once there are no more. Each is pruned once; one that is locked is left for a later call. Safe to call at
    /// any time from anywhere.
    async fn prune_history(&self, ended_for: Duration) -> Result<u32>;
}
