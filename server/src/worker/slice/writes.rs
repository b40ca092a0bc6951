//! What a turn writes: outcomes, the lease, its end. All of it waits while the database is away.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Outcome, SLICE, Slice, Stop};
use crate::{
    job::{self, Ending},
    stop_points::{self, StopPoint},
    store::{Renewal, StoreError, Written, with_timeout},
    worker::{MOST_WAITING, STORE_TIMEOUT},
};

/// Pause between attempts while the database is away.
const DATABASE_PAUSE: Duration = Duration::from_millis(500);

impl Slice<'_> {
    /// Writes what came in and publishes it. False where the lease was lost.
    pub(super) async fn flush(&mut self, end: Option<Ending>) -> Result<bool, StoreError> {
        let now = Instant::now();
        let left = self.state.total_videos.saturating_sub(self.state.current_video).saturating_sub(self.results.len() as u32);
        let eta = self.eta.seconds(now, left);
        let term = self.worker.settings.lease;
        let written = loop {
            match with_timeout(STORE_TIMEOUT, self.worker.store.flush(&self.lease, &self.results, eta, end.clone(), term)).await {
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
    pub(super) async fn renew(&mut self, turn_over: bool) -> Result<bool, StoreError> {
        let now = Instant::now();
        let renewal = loop {
            match with_timeout(STORE_TIMEOUT, self.worker.store.renew(&self.lease, self.worker.settings.lease)).await {
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
    pub(super) async fn close(mut self) -> Result<Outcome, StoreError> {
        let ending = match &self.stop {
            None => Some(Ending::Done),
            Some(Stop::Cancelled) => Some(Ending::Cancelled),
            Some(Stop::SourceUnavailable(_)) if self.waited >= MOST_WAITING => Some(job::gave_up_waiting()),
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
        if let Some(Stop::SourceUnavailable(away)) = self.stop.clone() {
            tracing::warn!(source = self.worker.source.name(), reason = away.reason, "the source cannot be used");
            let written = loop {
                match with_timeout(STORE_TIMEOUT, self.worker.store.wait_for_source(&self.lease, self.worker.source.name(), away.retry_after)).await {
                    Ok(written) => break written,
                    Err(error) => self.bear(error).await?,
                }
            };
            return Ok(if self.written(written) { Outcome::Waiting { pause: away.retry_after } } else { Outcome::LeaseLost });
        }
        while let Err(error) = with_timeout(STORE_TIMEOUT, self.worker.store.release(&self.lease)).await {
            self.bear(error).await?;
        }
        self.etas.keep(self.lease.job_id, self.state.current_video, self.eta, Instant::now());
        Ok(Outcome::HandedBack)
    }

    /// Waits while the database is away; anything else is not borne.
    pub(super) async fn bear(&self, error: StoreError) -> Result<(), StoreError> {
        if !error.is_transient() || self.shutdown.is_cancelled() {
            return Err(error);
        }
        tracing::debug!(%error, job_id = %self.lease.job_id, "waiting for the database");
        sleep(DATABASE_PAUSE).await;
        Ok(())
    }
}
