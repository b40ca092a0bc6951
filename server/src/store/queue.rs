//! The queue of jobs, for workers: claims, leases, writes, and waiting for a source.

mod flush;
mod locked_job;
mod outcomes;

use std::time::Duration;

use app::wire::{Causes, ProgressUpdate, SourceBlock, Timestamp, WaitingReason};
use async_trait::async_trait;
use uuid::Uuid;

pub(super) use self::{
    flush::{FlushRows, without_instant},
    locked_job::LockedJob,
    outcomes::{ItemOutcomeRow, VideoOutcomeRow, without_nul},
};
use super::Result;
use crate::{
    job::{Ending, ItemResult},
    metadata::{Failure, Metadata},
};

/// Number of abandoned jobs that one call reaps.
pub(super) const MAX_BATCH: usize = 100;

/// The queue. Each job has one writer: every write carries the lease's token.
#[async_trait]
pub trait Queue {
    /// Claims the next due job: that of the user with the fewest running jobs, then the smallest `run_at`.
    async fn claim(&self, rules: &ClaimRules) -> Result<Option<Claim>>;
    /// To be called before a claim: returns jobs to the queue whose leases have expired, which counts as an attempt. Ends those at
    /// `max_attempts`, and cancelled ones that no worker has. Returns users and terminal states, to be published; looks at no more than
    /// [`MAX_BATCH`] jobs.
    async fn reap_abandoned_jobs(&self, max_attempts: u32) -> Result<Vec<(Uuid, ProgressUpdate)>>;
    /// Returns items without outcome and with a line above `after_line`, by line. Empty if the lease is lost: the worker learns of it at
    /// its next write.
    async fn untried_items(&self, lease: &Lease, after_line: u32, limit: u32) -> Result<Vec<WorkItem>>;
    /// In one transaction: stores outcomes of items and videos, counts, a state per result and events, extends the lease by `term`, and
    /// ends the job if `flush.end` is given. When a job ends, untried items become `cancelled`, or stay untried if it failed. A call whose
    /// answer was lost may be repeated.
    async fn flush(&self, lease: &Lease, flush: &Flush<'_>, term: Duration) -> Result<Written>;
    /// Extends the lease.
    async fn renew(&self, lease: &Lease, term: Duration) -> Result<Renewal>;
    /// Hands the job back: clears the token and sets `run_at` to now. Does nothing if the lease is lost.
    async fn release(&self, lease: &Lease) -> Result<()>;
    /// Voids all leases, when the only process that works on this database starts.
    async fn void_leases(&self) -> Result<()>;
    /// The source cannot be used: blocks it for all workers, stores the job's waiting state, and hands the job back.
    async fn wait_for_source(&self, lease: &Lease, pause: &SourcePause) -> Result<Written>;
    /// For what jobs that no worker has wait, if they do.
    async fn source_block(&self) -> Result<Option<SourceBlock>>;
    /// Called when a worker starts. Keeps a pause that the source asked for, unless the key has changed. Ends a pause caused by the network,
    /// and those of other sources, which are not asked any more. Jobs that waited for a pause that ended are due.
    async fn lift_outdated_pause(&self, source: &str, fingerprint: &str) -> Result<()>;
}

/// How long nobody may use a source, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePause {
    /// Its name in `sources`.
    pub source: String,
    /// Of the source and its key.
    pub fingerprint: String,
    /// From now on, by the database's clock.
    pub duration: Duration,
    /// For whoever waits.
    pub reason: WaitingReason,
}

/// The right to write to a job, checked at every write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub job_id: Uuid,
    /// The job's owner, for publishing.
    pub user_id: Uuid,
    /// The fencing token: new for every claim.
    pub token: Uuid,
}

/// A claimed job.
#[derive(Clone, Debug)]
pub struct Claim {
    pub lease: Lease,
    pub state: ProgressUpdate,
    /// Number of failures per cause.
    pub causes: Causes,
    /// It has been cancelled already.
    pub cancel_requested: bool,
    /// Since when its source has been unavailable, if it is.
    pub waiting_since: Option<Timestamp>,
    /// The database's clock.
    pub now: Timestamp,
}

#[derive(Clone, Debug)]
pub struct ClaimRules {
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
    /// Maximum number of running jobs per user.
    pub per_user: u32,
    /// Name of the source: nothing is claimed while it is blocked.
    pub source: String,
}

/// An item to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// The line in the input; identifies the item within its job.
    pub line: u32,
    /// Its position in the job, from 1.
    pub place: u32,
    /// The row in the list; `None` for a malformed id, or if the video was deleted meanwhile.
    pub video_id: Option<Uuid>,
    /// The id to look up; for a malformed id, the original text.
    pub youtube_id: String,
}

impl WorkItem {
    /// The result of its look-up.
    pub fn result(&self, outcome: std::result::Result<Metadata, Failure>) -> ItemResult {
        ItemResult { line: self.line, place: self.place, video_id: self.video_id, outcome }
    }
}

/// What a worker writes: results, the end of the job, or both.
#[derive(Clone, Debug)]
pub struct Flush<'a> {
    /// The job's newest state; nobody but the holder of the lease writes another one.
    pub state: &'a ProgressUpdate,
    /// Number of failures per cause in that state.
    pub causes: &'a Causes,
    /// Of items without an outcome.
    pub results: &'a [ItemResult],
    /// For the states.
    pub eta_seconds: Option<u32>,
    pub end: Option<Ending>,
    /// With these results, no accepted line before this one is without an outcome.
    pub untried_from: u32,
}

/// The result of a write under a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Committed; the newest state must be published.
    Stored {
        /// The job's newest state.
        state: Box<ProgressUpdate>,
        /// Number of failures per cause.
        causes: Causes,
        /// The job was cancelled.
        cancel_requested: bool,
    },
    /// Another worker has the lease by now: nothing was written, and nothing more may be.
    LeaseLost,
}

/// The result of renewing a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Extended.
    Held {
        /// The job was cancelled.
        cancel_requested: bool,
        /// Another user's job is due and unclaimed.
        others_waiting: bool,
    },
    /// As in [`Written::LeaseLost`].
    LeaseLost,
}

/// The `seq` of a state, as the database has it.
fn seq(state: &ProgressUpdate) -> i64 {
    state.seq.and_then(|seq| i64::try_from(seq).ok()).unwrap_or_default()
}
