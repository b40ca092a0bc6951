//! One turn at a job: look up, flush, renew, until it ends or somebody else's turn has come.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use app::wire::{FailureCause, JobStatus, ProgressUpdate};
use futures::future::OptionFuture;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    MOST_WAITING, Worker,
    eta::{Eta, Etas},
    throttle::Throttle,
};
use crate::{
    import::is_id,
    job::{self, Ending, Failure, ItemResult, Metadata},
    metadata::{SourceAway, Window},
    stop_points::{self, StopPoint},
    store::{Claim, Lease, Renewal, StoreError, WorkItem, Written},
};

/// How long a job runs before others are asked after.
const SLICE: Duration = Duration::from_secs(2);
/// Items read at once.
const PAGE: u32 = 500;
/// Pause between attempts while the database is away.
const DATABASE_PAUSE: Duration = Duration::from_millis(500);
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
    SourceAway(SourceAway),
    Shutdown,
}

/// Items and what was found of them; `None` where the turn ended before they were asked for.
type LookedUp = (Vec<WorkItem>, Option<Result<Vec<Result<Metadata, Failure>>, SourceAway>>);

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
    /// Look-ups that have no place at the source yet are given up: a source that takes one at a time must not hold up the end.
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

    /// Starts look-ups up to the concurrency.
    async fn take_up(&mut self) -> Result<(), StoreError> {
        while self.under_way.len() < self.worker.settings.concurrency as usize && self.results.len() < PAGE as usize {
            if self.queue.is_empty() && !self.all_read {
                self.read_items().await?;
            }
            let mut batch = Vec::new();
            while batch.len() < self.worker.source.batch() {
                match self.queue.pop_front() {
                    Some(item) if is_id(&item.youtube_id) => batch.push(item),
                    Some(item) => {
                        let text = format!("{:?} is not a YouTube video id", item.youtube_id);
                        self.add(item, Err(Failure { cause: FailureCause::InvalidId, text }));
                    }
                    None => break,
                }
            }
            if batch.is_empty() {
                if self.all_read {
                    return Ok(());
                }
                continue;
            }
            let (source, stopping) = (Arc::clone(&self.worker.source), self.stopping.clone());
            self.under_way.spawn(async move {
                let place = source.window().cloned().map(Window::place);
                let place = stopping.run_until_cancelled(OptionFuture::from(place)).await;
                let Some(_place) = place else { return (batch, None) };
                let ids: Vec<String> = batch.iter().map(|item| item.youtube_id.clone()).collect();
                let found = source.look_up(&ids).await;
                (batch, Some(found))
            });
        }
        Ok(())
    }

    async fn read_items(&mut self) -> Result<(), StoreError> {
        let items = loop {
            match self.worker.store.untried_items(&self.lease, self.read_up_to, PAGE).await {
                Ok(items) => break items,
                Err(error) => self.bear(error).await?,
            }
        };
        self.all_read = items.len() < PAGE as usize;
        if let Some(last) = items.last() {
            self.read_up_to = last.line;
        }
        self.queue.extend(items);
        Ok(())
    }

    fn looked_up(&mut self, (items, found): LookedUp) {
        match found {
            None => self.undecided = true,
            Some(Ok(outcomes)) => {
                self.waited = Duration::ZERO;
                for (item, outcome) in items.into_iter().zip(outcomes) {
                    self.add(item, outcome);
                }
            }
            // A request to stop counts for more than the source; the source for more than whose turn it is.
            Some(Err(away)) => {
                self.undecided = true;
                if matches!(self.stop, None | Some(Stop::OthersWait)) {
                    self.stop = Some(Stop::SourceAway(away));
                }
            }
        }
    }

    fn add(&mut self, item: WorkItem, outcome: Result<Metadata, Failure>) {
        let now = Instant::now();
        self.eta.record(now, 1);
        self.results.push(ItemResult { line: item.line, video_id: item.video_id, outcome });
        self.flush_at.get_or_insert_with(|| self.throttle.due(now));
    }

    /// Writes what came in and publishes it. False where the lease was lost.
    async fn flush(&mut self, end: Option<Ending>) -> Result<bool, StoreError> {
        let now = Instant::now();
        let left = self.state.total_videos.saturating_sub(self.state.current_video).saturating_sub(self.results.len() as u32);
        let eta = self.eta.seconds(now, left);
        let term = self.worker.settings.lease;
        let written = loop {
            match self.worker.store.flush(&self.lease, &self.results, eta, end.clone(), term).await {
                Ok(written) => break written,
                Err(error) => self.bear(error).await?,
            }
        };
        stop_points::reach(if end.is_some() { StopPoint::EndCommitted } else { StopPoint::FlushCommitted });
        self.results.clear();
        self.flush_at = None;
        self.throttle.flushed(now);
        self.renewed = now;
        Ok(self.written(written))
    }

    fn written(&mut self, written: Written) -> bool {
        let Written::Stored { state, cancel_requested } = written else { return false };
        self.worker.publisher.publish(self.lease.user_id, &state);
        self.state = *state;
        self.heed(cancel_requested);
        true
    }

    /// Extends the lease; at the turn's end, also asks whether somebody else's turn has come.
    async fn renew(&mut self, turn_over: bool) -> Result<bool, StoreError> {
        let now = Instant::now();
        let renewal = loop {
            match self.worker.store.renew(&self.lease, self.worker.settings.lease).await {
                Ok(renewal) => break renewal,
                Err(error) => self.bear(error).await?,
            }
        };
        let Renewal::Held { cancel_requested, others_waiting } = renewal else { return Ok(false) };
        self.renewed = now;
        self.heed(cancel_requested);
        if turn_over {
            self.turn_ends = now + SLICE;
            if others_waiting {
                self.stop.get_or_insert(Stop::OthersWait);
            }
        }
        Ok(true)
    }

    fn heed(&mut self, cancel_requested: bool) {
        if cancel_requested {
            self.stop = Some(Stop::Cancelled);
        }
    }

    /// The last write of the turn.
    async fn close(mut self) -> Result<Outcome, StoreError> {
        let ending = match &self.stop {
            None => Some(Ending::Done),
            Some(Stop::Cancelled) => Some(Ending::Cancelled),
            Some(Stop::SourceAway(_)) if self.waited >= MOST_WAITING => Some(job::gave_up_waiting()),
            Some(_) => None,
        };
        // A job that was asked to stop after its last video has finished all the same.
        let all_tried = self.all_read && self.queue.is_empty() && !self.undecided;
        let ending = if all_tried { Some(Ending::Done) } else { ending };
        if (ending.is_some() || !self.results.is_empty()) && !self.flush(ending).await? {
            return Ok(Outcome::LeaseLost);
        }
        if self.state.status.is_terminal() {
            return Ok(Outcome::Ended(self.state.status));
        }
        if let Some(Stop::SourceAway(away)) = self.stop.clone() {
            tracing::warn!(source = self.worker.source.name(), reason = away.reason, "the source cannot be used");
            let written = loop {
                match self.worker.store.wait_for_source(&self.lease, self.worker.source.name(), away.pause).await {
                    Ok(written) => break written,
                    Err(error) => self.bear(error).await?,
                }
            };
            return Ok(if self.written(written) { Outcome::Waiting { pause: away.pause } } else { Outcome::LeaseLost });
        }
        while let Err(error) = self.worker.store.release(&self.lease).await {
            self.bear(error).await?;
        }
        self.etas.keep(self.lease.job_id, self.state.current_video, self.eta, Instant::now());
        Ok(Outcome::HandedBack)
    }

    /// Waits while the database is away; anything else is not borne.
    async fn bear(&self, error: StoreError) -> Result<(), StoreError> {
        if !error.passes() || self.shutdown.is_cancelled() {
            return Err(error);
        }
        tracing::debug!(%error, job_id = %self.lease.job_id, "waiting for the database");
        sleep(DATABASE_PAUSE).await;
        Ok(())
    }
}
