//! Attempts of a call, within the time that a look-up may take. backon says how long to wait between them.
//! The loop is ours, because the time for all attempts grows by what `Retry-After` asks for, which backon cannot express.

use std::{future::Future, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    AdaptiveLimiter, SourceUnavailable,
    breaker::CircuitBreaker,
    lookup_error::LookupError,
    probe::{Probe, SuccessCounts},
};

/// The longest that a source's `Retry-After` is believed. A quota and a key say by themselves when they are to be tried again.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// Attempts for several ids at once, where one of them may be why they fail. The ids are then asked for in smaller parts.
const BATCH_ATTEMPTS: u32 = 2;

#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    /// Before the second attempt, and up to twice as long at random; doubled before each further one.
    pub(super) min_delay: Duration,
    /// The first included.
    pub(super) max_attempts: u32,
    /// A longer `Retry-After` is not waited for: the source is unavailable.
    pub(super) max_retry_after: Duration,
    /// All attempts together, without the pauses that the source asks for: a second less than the 20 s that one bad id may take.
    pub(super) lookup_timeout: Duration,
    /// One attempt for several ids, one of which may be why there is no answer: three such steps, down to a single id, fit into a look-up.
    pub(super) batch_timeout: Duration,
    /// An attempt that would have less time than this is not begun.
    pub(super) min_attempt_time: Duration,
    /// How long the source is left alone at first.
    pub(super) first_open_time: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            min_delay: Duration::from_millis(250),
            max_attempts: 4,
            max_retry_after: Duration::from_secs(20),
            lookup_timeout: Duration::from_secs(19),
            batch_timeout: Duration::from_secs(6),
            min_attempt_time: Duration::from_secs(5),
            first_open_time: Duration::from_secs(15),
        }
    }
}

/// Why all attempts failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CallError {
    Unavailable(SourceUnavailable),
    /// It may concern the videos; [`Retrier::confirm`] finds out.
    Failed(FailedCall),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FailedCall {
    pub(super) error: LookupError,
    successes: SuccessCounts,
}

/// Retries calls, and keeps what is learned from all of them: breaker, limiter and probe.
#[derive(Debug)]
pub(super) struct Retrier {
    policy: RetryPolicy,
    breaker: CircuitBreaker,
    limiter: Arc<AdaptiveLimiter>,
    probe: Probe,
}

impl Retrier {
    pub(super) fn new(policy: RetryPolicy) -> Self {
        Self { policy, breaker: CircuitBreaker::new(policy.first_open_time), limiter: Arc::default(), probe: Probe::default() }
    }

    /// When a look-up that begins now is to end.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.policy.lookup_timeout
    }

    /// Calls for so many ids until one attempt succeeds, none is left, or the look-up's deadline is reached.
    pub(super) async fn run<T, F: Future<Output = Result<T, LookupError>>>(
        &self,
        ids: usize,
        mut deadline: Instant,
        mut call: impl FnMut() -> F,
    ) -> Result<T, CallError> {
        let RetryPolicy { min_delay, max_attempts, batch_timeout, min_attempt_time, lookup_timeout, .. } = self.policy;
        let mut delays = ExponentialBuilder::new().with_min_delay(min_delay).with_max_times(max_attempts as usize - 1).with_jitter().build();
        let (at_start, mut attempts) = (self.probe.successes(), 0);
        loop {
            let (at_last_attempt, began) = (self.probe.successes(), Instant::now());
            let until = if ids > 1 { deadline.min(began + batch_timeout) } else { deadline };
            let error = match self.attempt(until, call()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            attempts += 1;
            if let Some(retry_after) = self.record_failure(&error) {
                return Err(CallError::Unavailable(error.into_unavailable(retry_after)));
            }
            // One that took long is not repeated for the same ids: the time is needed for parts of them.
            let took_long = 2 * began.elapsed() >= batch_timeout;
            let is_to_be_split = ids > 1 && error.may_concern_ids() && (attempts >= BATCH_ATTEMPTS || took_long);
            // Never before the time that was asked for; calls that were rejected together do not come back together.
            let delay = delays.next().filter(|_| error.is_transient() && !is_to_be_split).map(|delay| delay + error.retry_after());
            if let LookupError::RateLimited(_) | LookupError::Busy(_) = error {
                deadline = Instant::now() + delay.unwrap_or_default() + lookup_timeout;
            }
            match delay.filter(|delay| Instant::now() + *delay + min_attempt_time <= deadline) {
                Some(delay) => sleep(delay).await,
                None if matches!(error, LookupError::Unreachable(_)) => return Err(CallError::Unavailable(self.unavailable(error))),
                None => {
                    let successes = SuccessCounts { at_start, at_last_attempt, at_end: self.probe.successes() };
                    return Err(CallError::Failed(FailedCall { error, successes }));
                }
            }
        }
    }

    /// Returns where the failure is about this id and not the source's. Asks for the known video where that is unclear.
    ///
    /// # Errors
    /// The failure is the source's, not this id's.
    pub(super) async fn confirm<F: Future<Output = Result<(), LookupError>>>(
        &self,
        id: &str,
        failed: &FailedCall,
        ask_known_video: impl FnOnce() -> F,
    ) -> Result<(), SourceUnavailable> {
        if !failed.error.may_concern_ids() {
            return Ok(());
        }
        match self.probe.confirm(id, &failed.error, failed.successes, ask_known_video).await {
            Ok(()) => {
                self.breaker.on_success();
                Ok(())
            }
            Err(error) => Err(self.unavailable(error)),
        }
    }

    async fn attempt<T>(&self, until: Instant, call: impl Future<Output = Result<T, LookupError>>) -> Result<T, LookupError> {
        let decreases = self.limiter.decreases();
        let answer = timeout_at(until, call).await.unwrap_or_else(|_| Err(LookupError::Network("no answer in time".into())));
        match &answer {
            Ok(_) => self.on_success(),
            Err(LookupError::RateLimited(_)) => self.limiter.on_rejection(decreases),
            Err(_) => {}
        }
        answer
    }

    /// The source answered.
    pub(super) fn on_success(&self) {
        self.breaker.on_success();
        self.limiter.on_success();
        self.probe.on_success();
    }

    /// Returns how long not to call the source, if the failure is the source's.
    fn record_failure(&self, error: &LookupError) -> Option<Duration> {
        if let LookupError::Quota { .. } | LookupError::Key { .. } = error {
            return Some(error.retry_after());
        }
        let open_for = if error.may_concern_ids() { self.breaker.open_for() } else { self.breaker.on_failure() };
        let asked = Some(error.retry_after()).filter(|asked| *asked > self.policy.max_retry_after);
        asked.map(|asked| asked.min(MAX_RETRY_AFTER)).or(open_for)
    }

    pub(super) fn limiter(&self) -> &Arc<AdaptiveLimiter> {
        &self.limiter
    }

    /// For an error that is known to be the source's: what it asks for, or else the breaker opens.
    pub(super) fn unavailable(&self, error: LookupError) -> SourceUnavailable {
        let retry_after = self.record_failure(&error).unwrap_or_else(|| self.breaker.open());
        error.into_unavailable(retry_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn failed(error: LookupError) -> CallError {
        CallError::Failed(FailedCall { error, successes: SuccessCounts { at_start: 0, at_last_attempt: 0, at_end: 0 } })
    }

    /// How it ends when each attempt takes `call_time` and fails with `error`, and the delays between the attempts.
    async fn run_failing(error: LookupError, call_time: Duration) -> (CallError, Vec<Duration>) {
        let retrier = Retrier::new(RetryPolicy { min_delay: SECOND, ..RetryPolicy::default() });
        let (mut delays, mut last_end) = (Vec::new(), None);
        let run = retrier.run(1, retrier.deadline(), || {
            delays.extend(last_end.map(|end: Instant| end.elapsed()));
            last_end = Some(Instant::now() + call_time);
            let error = error.clone();
            async move {
                tokio::time::sleep(call_time).await;
                Err::<(), _>(error)
            }
        });
        let end = run.await.expect_err("every attempt fails");
        (end, delays)
    }

    #[tokio::test(start_paused = true)]
    async fn failed_call_is_retried_with_growing_delays_and_then_fails() {
        let network = LookupError::Network("reset".into());
        let (end, delays) = run_failing(network.clone(), Duration::ZERO).await;
        assert_eq!((end, delays.len()), (failed(network), 3));
        for (delay, min_delay) in delays.into_iter().zip([SECOND, 2 * SECOND, 4 * SECOND]) {
            assert!((min_delay..2 * min_delay + SECOND / 100).contains(&delay), "{delay:?}, {min_delay:?} and jitter");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_obeyed_if_short_and_means_unavailable_if_long() {
        for error in [LookupError::RateLimited(Some(7 * SECOND)), LookupError::Busy(7 * SECOND)] {
            let (end, delays) = run_failing(error.clone(), Duration::ZERO).await;
            assert_eq!((end, delays.len()), (failed(error), 3));
            assert!(delays.iter().all(|delay| (8 * SECOND..16 * SECOND).contains(delay)), "{delays:?}");
        }
        for (asked, retry_after) in [(60 * SECOND, 60 * SECOND), (1_000_000 * SECOND, MAX_RETRY_AFTER)] {
            for error in [LookupError::RateLimited(Some(asked)), LookupError::Busy(asked)] {
                let unavailable = error.clone().into_unavailable(retry_after);
                assert_eq!(run_failing(error, Duration::ZERO).await, (CallError::Unavailable(unavailable), vec![]));
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn source_that_cannot_be_connected_to_is_unavailable() {
        let (end, delays) = run_failing(LookupError::Unreachable("refused".into()), Duration::ZERO).await;
        let unavailable = LookupError::Unreachable("refused".into()).into_unavailable(15 * SECOND);
        assert_eq!((end, delays.len()), (CallError::Unavailable(unavailable), 3));
    }

    #[tokio::test(start_paused = true)]
    async fn one_bad_id_fails_within_twenty_seconds_whatever_its_answers() {
        for error in [LookupError::Unreadable("endless".into()), LookupError::Network("reset".into())] {
            for call_time in [Duration::ZERO, SECOND, 5 * SECOND, 9 * SECOND, 3600 * SECOND] {
                let start = Instant::now();
                let (end, _) = run_failing(error.clone(), call_time).await;
                assert!(matches!(end, CallError::Failed(_)));
                assert!(start.elapsed() < 20 * SECOND, "{call_time:?} a call: {:?}", start.elapsed());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn batch_without_an_answer_leaves_time_for_its_parts() {
        let (retrier, start, mut calls) = (Retrier::new(RetryPolicy::default()), Instant::now(), 0);
        let run = retrier.run(50, retrier.deadline(), || {
            calls += 1;
            std::future::pending::<Result<(), _>>()
        });
        run.await.expect_err("no answer");
        assert_eq!((start.elapsed(), calls), (6 * SECOND, 1));
    }
}
