//! The writes of a slice: results, the lease, the end. All of them wait while the database is unavailable.

use std::time::Duration;

use app::wire::WaitingReason;
use tokio::time::{Instant, sleep};

use super::{Outcome, SLICE_LENGTH, Slice, StopReason};
use crate::{
    job::{self, Ending},
    stop_points::{self, StopPoint},
    store::{Flush, Renewal, SourcePause, StoreError, Written, with_timeout},
    worker::{MAX_SOURCE_WAIT, STORE_TIMEOUT},
};

const DATABASE_RETRY_INTERVAL: Duration = Duration::from_millis(500);

impl Slice<'_> {
    /// Writes the results so far and publishes the state. False if the lease was lost.
    pub(super) async fn flush(&mut self, end: Option<Ending>) -> Result<bool, StoreError> {
        let now = Instant::now();
        let left = self.state.total_videos.saturating_sub(self.state.current_video).saturating_sub(self.results.len() as u32);
        let eta = self.eta.seconds_left(now, left);
        let term = self.worker.settings.lease;
        let next_line = self.queue.front().map_or(self.last_line_read + 1, |item| item.line);
        let flush = Flush {
            state: &self.state,
            causes: &self.causes,
            results: &self.results,
            eta_seconds: eta,
            untried_from: self.undecided.first().map_or(next_line, |line| next_line.min(*line)),
            end,
        };
        let written = self.retry_while_unavailable(|| self.worker.store.flush(&self.lease, &flush, term)).await?;
        stop_points::reach(if flush.end.is_some() { StopPoint::EndCommitted } else { StopPoint::FlushCommitted });
        self.results.clear();
        self.flush_at = None;
        self.throttle.on_flush(now);
        self.renewed_at = now;
        Ok(self.on_written(written))
    }

    fn on_written(&mut self, written: Written) -> bool {
        let Written::Stored { state, causes, cancel_requested } = written else { return false };
        self.worker.publisher.publish(self.lease.user_id, &state);
        self.state = *state;
        self.causes = causes;
        self.observe_cancel(cancel_requested);
        true
    }

    /// Renews the lease. At the end of the slice, also stops it if other jobs wait. False if the lease was lost.
    pub(super) async fn renew_lease(&mut self, slice_is_over: bool) -> Result<bool, StoreError> {
        let now = Instant::now();
        let renewal = self.retry_while_unavailable(|| self.worker.store.renew(&self.lease, self.worker.settings.lease)).await?;
        let Renewal::Held { cancel_requested, others_waiting } = renewal else { return Ok(false) };
        self.renewed_at = now;
        self.observe_cancel(cancel_requested);
        if slice_is_over {
            self.ends_at = now + SLICE_LENGTH;
            if others_waiting {
                self.stop_reason.get_or_insert(StopReason::OthersWaiting);
            }
        }
        Ok(true)
    }

    fn observe_cancel(&mut self, cancel_requested: bool) {
        if cancel_requested {
            self.stop_reason = Some(StopReason::Cancelled);
        }
    }

    /// The last write of the slice: ends the job, makes it wait for the source, or releases it.
    pub(super) async fn finish(mut self) -> Result<Outcome, StoreError> {
        let ending = match &self.stop_reason {
            None => Some(Ending::Done),
            Some(StopReason::Cancelled) => Some(Ending::Cancelled),
            Some(StopReason::SourceUnavailable(unavailable))
                if self.source_wait >= MAX_SOURCE_WAIT && unavailable.waiting_reason != WaitingReason::Quota =>
            {
                Some(job::source_wait_exceeded(unavailable.waiting_reason))
            }
            Some(_) => None,
        };
        // A job that was cancelled after its last video counts as done.
        let all_tried = self.all_items_read && self.queue.is_empty() && self.undecided.is_empty();
        let ending = if all_tried { Some(Ending::Done) } else { ending };
        if (ending.is_some() || !self.results.is_empty()) && !self.flush(ending).await? {
            return Ok(Outcome::LeaseLost);
        }
        if self.state.status.is_terminal() {
            return Ok(Outcome::Ended(self.state.status));
        }
        if let Some(StopReason::SourceUnavailable(unavailable)) = self.stop_reason.clone() {
            let (source, retry_after) = (&self.worker.source, unavailable.retry_after);
            let pause = SourcePause {
                source: source.name().into(),
                fingerprint: source.fingerprint(),
                duration: retry_after,
                reason: unavailable.waiting_reason,
            };
            let wait = || self.worker.store.wait_for_source(&self.lease, &pause);
            let written = self.retry_while_unavailable(wait).await?;
            return Ok(if self.on_written(written) { Outcome::Waiting { retry_after } } else { Outcome::LeaseLost });
        }
        self.retry_while_unavailable(|| self.worker.store.release(&self.lease)).await?;
        self.eta_cache.put(self.lease.job_id, self.state.current_video, self.eta, Instant::now());
        Ok(Outcome::Released)
    }

    /// Returns at shutdown.
    pub(super) async fn retry_while_unavailable<T, F>(&self, call: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        loop {
            match with_timeout(STORE_TIMEOUT, call()).await {
                Err(error) if error.is_transient() && !self.shutdown.is_cancelled() => {
                    tracing::debug!(%error, job_id = %self.lease.job_id, "waiting for the database");
                    sleep(DATABASE_RETRY_INTERVAL).await;
                }
                result => return result,
            }
        }
    }
}
