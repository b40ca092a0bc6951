//! One turn at a job: look up, flush, renew, until it ends or somebody else's turn has come.

mod look_ups;
mod writes;

use std::{collections::VecDeque, time::Duration};

use app::wire::{JobStatus, ProgressUpdate};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    Worker,
    eta::{Eta, Etas},
    throttle::Throttle,
};
use crate::{
    job::{Failure, ItemResult, Metadata},
    metadata::SourceUnavailable,
    stop_points::{self, StopPoint},
    store::{Claim, Lease, StoreError, WorkItem},
};

/// How long a job runs before others are asked after.
const SLICE: Duration = Duration::from_secs(2);
/// How long look-ups under way may take once the process is to end: it has ten seconds in all.
const MOST_DRAINING: Duration = Duration::from_secs(3);

/// How a turn ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With the job.
    Ended(JobStatus),
    /// The job is due again, for whoever is next.
    HandedBack,
    /// The job waits for its source.
    Waiting {
        /// For this long.
        pause: Duration,
    },
    /// Somebody else has the job by now.
    LeaseLost,
}

/// Why no more videos are taken up.
#[derive(Clone, Debug, PartialEq)]
enum Stop {
    Cancelled,
    OthersWait,
    SourceUnavailable(SourceUnavailable),
    Shutdown,
}

/// Items and what was found of them; `None` where the turn ended before they were asked for.
type LookedUp = (Vec<WorkItem>, Option<Result<Vec<Result<Metadata, Failure>>, SourceUnavailable>>);

/// Works on a claimed job.
///
/// # Errors
/// The database refused for a reason that waiting does not mend, or is away while the process ends. The lease runs out by itself.
pub(super) async fn run(worker: &Worker, etas: &Etas, claim: Claim, shutdown: CancellationToken) -> Result<Outcome, StoreError> {
    let now = Instant::now();
    let waited = claim.waiting_since.map_or(0, |since| claim.now.micros() - since.micros());
    let eta = etas.take(claim.lease.job_id, claim.state.current_video, now);
    let mut slice = Slice {
        worker,
        etas,
        lease: claim.lease,
        state: claim.state,
        waited: Duration::from_micros(waited.max(0) as u64),
        queue: VecDeque::new(),
        read_up_to: 0,
        all_read: false,
        under_way: JoinSet::new(),
        undecided: false,
        results: Vec::new(),
        // A claim that was under way when the process was asked to end is handed back untouched.
        stop: if shutdown.is_cancelled() { Some(Stop::Shutdown) } else { claim.cancel_requested.then_some(Stop::Cancelled) },
        throttle: Throttle::default(),
        flush_at: None,
        renewed: now,
        turn_ends: now + SLICE,
        eta,
        stopping: CancellationToken::new(),
        shutdown,
    };
    stop_points::reach(StopPoint::Claimed);
    if slice.work().await? { slice.close().await } else { Ok(Outcome::LeaseLost) }
}

struct Slice<'a> {
    worker: &'a Worker,
    etas: &'a Etas,
    lease: Lease,
    state: ProgressUpdate,
    /// How long the job has waited for its source.
    waited: Duration,
    queue: VecDeque<WorkItem>,
    read_up_to: u32,
    all_read: bool,
    under_way: JoinSet<LookedUp>,
    /// Items were taken from the queue and nothing was decided about them.
    undecided: bool,
    results: Vec<ItemResult>,
    stop: Option<Stop>,
    throttle: Throttle,
    flush_at: Option<Instant>,
    renewed: Instant,
    turn_ends: Instant,
    eta: Eta,
    /// Look-ups that have no permit for the source yet are given up: a source that takes one at a time must not hold up the end.
    stopping: CancellationToken,
    shutdown: CancellationToken,
}

impl Slice<'_> {
    /// Looks up until nothing is left or something stops it, and nothing is under way. False where the lease was lost.
    async fn work(&mut self) -> Result<bool, StoreError> {
        let mut drain_until: Option<Instant> = None;
        loop {
            match self.stop {
                None => self.take_up().await?,
                Some(_) => self.stopping.cancel(),
            }
            if self.under_way.is_empty() && (self.stop.is_some() || (self.all_read && self.queue.is_empty())) {
                return Ok(true);
            }
            let term = self.worker.settings.lease;
            let renew_at = self.renewed + term / 3;
            let running = self.stop.is_none();
            let held = tokio::select! {
                Some(done) = self.under_way.join_next() => {
                    match done {
                        Ok(done) => self.looked_up(done),
                        Err(error) if error.is_cancelled() => self.undecided = true,
                        // The lease runs out and counts as an attempt, so that a video that does this every time ends the job.
                        Err(error) => return Err(StoreError::Internal(error.into())),
                    }
                    true
                }
                () = sleep_until(self.flush_at.unwrap_or(renew_at)), if self.flush_at.is_some() => self.flush(None).await?,
                () = sleep_until(renew_at) => self.renew(false).await?,
                () = sleep_until(self.turn_ends), if running => self.renew(true).await?,
                () = self.shutdown.cancelled(), if drain_until.is_none() => {
                    self.stop = Some(Stop::Shutdown);
                    drain_until = Some(Instant::now() + MOST_DRAINING);
                    true
                }
                () = sleep_until(drain_until.unwrap_or(renew_at)), if drain_until.is_some() => {
                    // What is not finished by now is looked up again by whoever takes the job over.
                    self.under_way.abort_all();
                    true
                }
            };
            if !held {
                return Ok(false);
            }
        }
    }
}
