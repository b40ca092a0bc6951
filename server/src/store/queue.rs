//! The queue of jobs as workers see it: claims, leases, what a worker writes, and waiting for a source.

mod locked_job;
mod outcomes;

use std::time::Duration;

use app::wire::{ProgressUpdate, Timestamp};
use async_trait::async_trait;
use uuid::Uuid;

pub(super) use self::{
    locked_job::LockedJob,
    outcomes::{ItemOutcome, VideoOutcome, without_nul},
};
use super::Result;
use crate::job::{Ending, ItemResult};

/// Poisoned jobs that one call ends, and waiting ones that it parks.
pub(super) const MAX_BATCH: usize = 100;

/// Work, one writer per job: every write carries the lease's token.
#[async_trait]
pub trait Queue {
    /// Claims the next due job: fewest running jobs of its user first, then smallest `run_at`. One that was asked to stop is due at any
    /// time: it needs no source to end. Taking over an expired lease counts an attempt. A job at `max_attempts` is passed over;
    /// [`Self::fail_poisoned_jobs`] ends it.
    async fn claim(&self, rules: &ClaimRules) -> Result<Option<Claim>>;
    /// Ends jobs whose leases were voided `max_attempts` times; answers user and terminal state, to be published.
    async fn fail_poisoned_jobs(&self, max_attempts: u32) -> Result<Vec<(Uuid, ProgressUpdate)>>;
    /// Items without outcome with a line above `after_line`, by line. None where the lease is lost: the worker's next write tells it so.
    async fn untried_items(&self, lease: &Lease, after_line: u32, limit: u32) -> Result<Vec<WorkItem>>;
    /// One transaction: outcomes of items and videos, counts, a state per result, events, the lease extended; and the job's end, if it
    /// is one. Untried items of an ended job become `cancelled`, or stay untried where it failed.
    async fn flush(&self, lease: &Lease, results: &[ItemResult], eta_seconds: Option<u32>, end: Option<Ending>, term: Duration) -> Result<Written>;
    /// Extends the lease.
    async fn renew(&self, lease: &Lease, term: Duration) -> Result<Renewal>;
    /// Hands the job back: token cleared, `run_at` now. Nothing where the lease is lost.
    async fn release(&self, lease: &Lease) -> Result<()>;
    /// Voids every lease: at the start of the only process that works on this database.
    async fn void_leases(&self) -> Result<()>;
    /// The source cannot be used for `pause`: blocks it for all workers, stores the job's waiting state, and hands the job back.
    async fn wait_for_source(&self, lease: &Lease, source: &str, pause: Duration) -> Result<Written>;
    /// While the source is blocked: jobs that no worker has, and that would be due before it is back, wait for it as visibly. One that
    /// has waited for `longest` ends. Answers user and state of some of them, to be published; nothing where the source is not blocked.
    async fn park_waiting_jobs(&self, source: &str, longest: Duration) -> Result<Vec<(Uuid, ProgressUpdate)>>;
    /// The source may be asked again at once, and what waits is due.
    async fn unblock_source(&self, source: &str) -> Result<()>;
}

/// The right to write to a job: checked in every write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job_id: Uuid,
    /// Whose it is; for publishing.
    pub user_id: Uuid,
    /// Made anew by every claim: the fencing token.
    pub token: Uuid,
}

/// A claimed job.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The right to it.
    pub lease: Lease,
    /// Its newest state.
    pub state: ProgressUpdate,
    /// Asked to stop already.
    pub cancel_requested: bool,
    /// Since when it has waited for its source, if it does.
    pub waiting_since: Option<Timestamp>,
    /// The database's clock.
    pub now: Timestamp,
}

/// How claims are made.
#[derive(Clone, Debug)]
pub struct ClaimRules {
    /// How long a lease lasts unrenewed.
    pub lease: Duration,
    /// Running jobs one user may have.
    pub per_user: u32,
    /// The source's name: nothing is claimed while it is blocked.
    pub source: String,
    /// Voided leases after which the job ends `failed`.
    pub max_attempts: u32,
}

/// An item to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// The input line; names the item within its job.
    pub line: u32,
    /// The row in the list; `None` for a malformed id, and where the video was deleted since.
    pub video_id: Option<Uuid>,
    /// The id to look up; for a malformed one, the text as it was.
    pub youtube_id: String,
}

/// What a write under a lease led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Committed; the newest state is to be published.
    Stored {
        /// The job's newest state.
        state: Box<ProgressUpdate>,
        /// Somebody asked the job to stop.
        cancel_requested: bool,
    },
    /// The lease is somebody else's by now: nothing was written, and nothing more may be.
    LeaseLost,
}

/// What renewing a lease led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Held for another term.
    Held {
        /// Somebody asked the job to stop.
        cancel_requested: bool,
        /// Another user's job is due and unclaimed.
        others_waiting: bool,
    },
    /// As in [`Written::LeaseLost`].
    LeaseLost,
}
