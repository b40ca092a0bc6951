//! A time slice of one job: look up, flush, renew the lease, until the job ends or has to be released.

mod lookups;
mod writes;

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use app::wire::{Causes, JobStatus, ProgressUpdate};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    Worker,
    eta::{EtaCache, EtaEstimator},
    throttle::FlushThrottle,
};
use crate::{
    job::ItemResult,
    metadata::SourceUnavailable,
    metadata::{Failure, Metadata},
    stop_points::{self, StopPoint},
    store::{Claim, Lease, StoreError, WorkItem},
};

/// How long a job runs before it is released if others wait.
const SLICE_LENGTH: Duration = Duration::from_secs(2);
/// How long look-ups in progress may take during shutdown: the process has ten seconds in all.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// The result of a slice.
#[derive(Debug)]
pub(super) enum Outcome {
    Ended(JobStatus),
    /// The job is due again.
    Released,
    Waiting {
        retry_after: Duration,
    },
    /// Another worker has the job by now.
    LeaseLost,
}

/// Why no more look-ups are started.
#[derive(Clone, Debug, PartialEq)]
enum StopReason {
    Cancelled,
    OthersWaiting,
    SourceUnavailable(SourceUnavailable),
    Shutdown,
}

/// Items and the source's answer; `None` if the slice stopped before they were requested.
type LookupResult = (Vec<WorkItem>, Option<Result<Vec<Result<Metadata, Failure>>, SourceUnavailable>>);

/// Works on a claimed job.
///
/// # Errors
/// A database error that waiting does not fix, or the database is unavailable during shutdown. The lease then expires.
pub(super) async fn run(worker: &Worker, eta_cache: &EtaCache, claim: Claim, shutdown: CancellationToken) -> Result<Outcome, StoreError> {
    let now = Instant::now();
    let source_wait = claim.waiting_since.map_or(0, |since| claim.now.micros() - since.micros());
    let eta = eta_cache.take(claim.lease.job_id, claim.state.current_video, now);
    let mut slice = Slice {
        worker,
        eta_cache,
        lease: claim.lease,
        state: claim.state,
        causes: claim.causes,
        source_wait: Duration::from_micros(source_wait.max(0) as u64),
        queue: VecDeque::new(),
        last_line_read: 0,
        all_items_read: false,
        lookups: JoinSet::new(),
        undecided: BTreeSet::new(),
        results: Vec::new(),
        // A job that was claimed during shutdown is released unchanged.
        stop_reason: if shutdown.is_cancelled() { Some(StopReason::Shutdown) } else { claim.cancel_requested.then_some(StopReason::Cancelled) },
        throttle: FlushThrottle::default(),
        flush_at: None,
        renewed_at: now,
        ends_at: now + SLICE_LENGTH,
        eta,
        stopped: CancellationToken::new(),
        shutdown,
    };
    stop_points::reach(StopPoint::Claimed);
    if slice.run().await? { slice.finish().await } else { Ok(Outcome::LeaseLost) }
}

struct Slice<'a> {
    worker: &'a Worker,
    eta_cache: &'a EtaCache,
    lease: Lease,
    state: ProgressUpdate,
    /// Number of failures per cause.
    causes: Causes,
    /// How long the job has been waiting for its source.
    source_wait: Duration,
    queue: VecDeque<WorkItem>,
    last_line_read: u32,
    all_items_read: bool,
    lookups: JoinSet<LookupResult>,
    /// Lines that left the queue and have no result yet.
    undecided: BTreeSet<u32>,
    results: Vec<ItemResult>,
    stop_reason: Option<StopReason>,
    throttle: FlushThrottle,
    flush_at: Option<Instant>,
    renewed_at: Instant,
    ends_at: Instant,
    eta: EtaEstimator,
    /// Cancels look-ups that have no permit yet: a source that allows only one at a time must not delay the end.
    stopped: CancellationToken,
    shutdown: CancellationToken,
}

impl Slice<'_> {
    /// Looks up until nothing is left or something stops it, and no look-up is in progress. False if the lease was lost.
    async fn run(&mut self) -> Result<bool, StoreError> {
        let mut drain_until: Option<Instant> = None;
        loop {
            match self.stop_reason {
                None => self.start_lookups().await?,
                Some(_) => self.stopped.cancel(),
            }
            if self.lookups.is_empty() && (self.stop_reason.is_some() || (self.all_items_read && self.queue.is_empty())) {
                return Ok(true);
            }
            let renew_at = self.renewed_at + self.worker.settings.lease / 3;
            let is_running = self.stop_reason.is_none();
            let holds_lease = tokio::select! {
                Some(lookup) = self.lookups.join_next() => {
                    match lookup {
                        Ok(result) => self.on_lookup(result),
                        // Its items stay undecided.
                        Err(error) if error.is_cancelled() => {}
                        // The lease expires and counts as an attempt, so that a video that panics every time ends the job.
                        Err(error) => return Err(StoreError::Internal(error.into())),
                    }
                    true
                }
                () = sleep_until(self.flush_at.unwrap_or(renew_at)), if self.flush_at.is_some() => self.flush(None).await?,
                () = sleep_until(renew_at) => self.renew_lease(false).await?,
                () = sleep_until(self.ends_at), if is_running => self.renew_lease(true).await?,
                () = self.shutdown.cancelled(), if drain_until.is_none() => {
                    self.stop_reason = Some(StopReason::Shutdown);
                    drain_until = Some(Instant::now() + DRAIN_TIMEOUT);
                    true
                }
                () = sleep_until(drain_until.unwrap_or(renew_at)), if drain_until.is_some() => {
                    // Whoever claims the job next looks up the unfinished items again.
                    self.lookups.abort_all();
                    true
                }
            };
            if !holds_lease {
                return Ok(false);
            }
        }
    }
}
