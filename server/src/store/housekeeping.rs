//! Work in the background: the state of the whole instance, cleaning up, and looking up videos again.

use std::time::Duration;

use async_trait::async_trait;

use super::Result;
use crate::metadata::{Failure, Metadata};

/// Number of jobs whose history is pruned in one transaction. A job has some hundred events, so the transaction does not hold its locks, or
/// SQLite's writer, for long.
pub(super) const PRUNED_JOBS: i64 = 10;

/// How long deleted jobs are remembered: longer than the repair of lost updates looks back.
pub(super) const REPAIRED_FOR: Duration = Duration::from_secs(600);

/// The instance.
#[async_trait]
pub trait Housekeeping {
    /// Succeeds if the database answers.
    async fn ping(&self) -> Result<()>;
    /// Closes the database, after which SQLite's file is complete by itself. Waits for calls in progress and refuses later ones.
    async fn close(&self);
    /// Returns the secret that all processes share. Stores `candidate` if there is none yet.
    async fn instance_secret(&self, candidate: &[u8]) -> Result<Vec<u8>>;
    /// Deletes expired sessions, tickets and counters, and forgets jobs that were deleted a while ago. May be called at any time, by any process.
    async fn delete_expired(&self) -> Result<()>;
    /// Removes up to `rows` rows of deleted lists and accounts, and returns how many; 0 once there are none, or none but of locked
    /// lists, as another process's removal locks them. May be called at any time, by any process.
    async fn remove_deleted(&self, rows: u32) -> Result<u32>;
    /// Prunes the histories of a few jobs that ended at least `ended_for` ago: keeps the first event, those with an `error`, and the
    /// terminal event. Returns the number of jobs, 0 once none are left. Each job is pruned once; a locked one is left for a later call.
    /// May be called at any time, by any process.
    async fn prune_history(&self, ended_for: Duration) -> Result<u32>;
}

/// Looking up videos again, for workers that have no job to do.
#[async_trait]
pub trait Rechecks {
    /// Acquires the only lease for looking up videos again, which ends after `term` and is not renewed. False if another worker holds it.
    async fn acquire_recheck_lease(&self, term: Duration) -> Result<bool>;
    /// YouTube ids after `after` of videos that were stored as private before `checked_at` was kept, in order. None while the source is
    /// blocked or any job has not ended.
    async fn videos_to_recheck(&self, source: &str, after: &str, limit: u32) -> Result<Vec<String>>;
    /// Stores what a source says now of all those videos of this id. A failure that is no answer (network, 429) changes nothing.
    async fn store_recheck(&self, youtube_id: &str, outcome: &std::result::Result<Metadata, Failure>) -> Result<()>;
}
