//! What a failed call means: try again, fail the video, or leave the source alone. backon waits between the attempts.

use std::{future::Future, sync::Arc, time::Duration};

use app::wire::FailureCause;
use backon::{ExponentialBuilder, Retryable};
use tokio::time::Instant;

use super::{AdaptiveLimiter, SourceUnavailable, breaker::CircuitBreaker};
use crate::job::Failure;

/// The longest that a source's `Retry-After` is believed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// Attempts for several ids at once, where one of them may be why they fail. The ids are then asked for in smaller parts.
const BATCH_ATTEMPTS: u32 = 2;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LookupError {
    /// No connection. That never concerns one video.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke, or no answer came in time.
    #[error("{0}")]
    Network(String),
    /// 429, with its `Retry-After`.
    #[error("too many requests (429)")]
    RateLimited(Option<Duration>),
    /// 503, with its `Retry-After`.
    #[error("busy (503)")]
    Busy(Duration),
    /// Another status, or a body that is not what it should be.
    #[error("{0}")]
    Unreadable(String),
}

impl LookupError {
    /// Whether the ids that were asked for may be the reason.
    pub(super) fn may_concern_ids(&self) -> bool {
        matches!(self, Self::Network(_) | Self::Unreadable(_))
    }

    fn retry_after(&self) -> Duration {
        match self {
            Self::RateLimited(after) => after.unwrap_or_default(),
            Self::Busy(after) => *after,
            Self::Unreachable(_) | Self::Network(_) | Self::Unreadable(_) => Duration::ZERO,
        }
    }

    /// What is said of a video that failed for it.
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Unreachable(_) | Self::Network(_) => Failure::new(FailureCause::Network, "YouTube did not answer. Try this video again later."),
            Self::RateLimited(_) => {
                Failure::new(FailureCause::RateLimited, "YouTube answered “too many requests” several times. Try this video again later.")
            }
            Self::Busy(_) => Failure::new(FailureCause::SourceError, "YouTube was busy several times. Try this video again later."),
            Self::Unreadable(what) => {
                Failure::new(FailureCause::SourceError, format!("YouTube's answer could not be read ({what}). Try this video again later."))
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    /// Before the second attempt, and up to twice as long at random; doubled before each further one.
    pub(super) min_delay: Duration,
    /// The first included.
    pub(super) max_attempts: u32,
    /// A longer `Retry-After` is not waited for: the source is unavailable.
    pub(super) max_retry_after: Duration,
    /// No attempt starts later than this after the first one where answers cannot be read: with the time that one takes, 20 s at most.
    pub(super) max_unreadable_time: Duration,
    /// How long the source is left alone at first.
    pub(super) first_open_time: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            min_delay: Duration::from_millis(250),
            max_attempts: 4,
            max_retry_after: Duration::from_secs(20),
            max_unreadable_time: Duration::from_secs(15),
            first_open_time: Duration::from_secs(15),
        }
    }
}

/// Why all attempts failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CallError {
    Unavailable(SourceUnavailable),
    /// It may concern the video.
    Failed(LookupError),
}

/// Retries calls, and keeps what is learned from all of them: breaker and limiter.
#[derive(Debug)]
pub(super) struct Retrier {
    policy: RetryPolicy,
    breaker: CircuitBreaker,
    limiter: Arc<AdaptiveLimiter>,
}

impl Retrier {
    pub(super) fn new(policy: RetryPolicy) -> Self {
        Self { policy, breaker: CircuitBreaker::new(policy.first_open_time), limiter: Arc::default() }
    }

    /// Calls for these ids until one attempt succeeds or none is left.
    pub(super) async fn run<T, F: Future<Output = Result<T, LookupError>>>(
        &self,
        ids: &[String],
        mut call: impl FnMut() -> F,
    ) -> Result<T, CallError> {
        let RetryPolicy { min_delay, max_attempts, max_unreadable_time, .. } = self.policy;
        let (mut start, successes) = (Instant::now(), self.breaker.successes());
        let (mut attempts, mut unavailable_for) = (0, None);
        let backoff = ExponentialBuilder::new().with_min_delay(min_delay).with_max_times(max_attempts as usize - 1).with_jitter();
        let attempt = || self.observe(call());
        let answer = attempt.retry(backoff).adjust(|error, delay| {
            attempts += 1;
            unavailable_for = self.record_failure(error, ids, successes);
            let is_to_be_split = ids.len() > 1 && error.may_concern_ids() && attempts >= BATCH_ATTEMPTS;
            // Never before the time that was asked for; calls that were rejected together do not come back together.
            let delay = delay.filter(|_| unavailable_for.is_none() && !is_to_be_split)? + error.retry_after();
            match error {
                LookupError::Unreadable(_) if start.elapsed() + delay > max_unreadable_time => return None,
                LookupError::RateLimited(_) | LookupError::Busy(_) => start = Instant::now() + delay,
                _ => {}
            }
            Some(delay)
        });
        answer.await.map_err(|error| match unavailable_for {
            Some(retry_after) => CallError::Unavailable(SourceUnavailable { retry_after, reason: error.to_string() }),
            None if matches!(error, LookupError::Unreachable(_)) => CallError::Unavailable(self.unavailable(&error)),
            None => CallError::Failed(error),
        })
    }

    async fn observe<T>(&self, call: impl Future<Output = Result<T, LookupError>>) -> Result<T, LookupError> {
        let decreases = self.limiter.decreases();
        let answer = call.await;
        match &answer {
            Ok(_) => {
                self.breaker.on_success();
                self.limiter.on_success();
            }
            Err(LookupError::RateLimited(_)) => self.limiter.on_rejection(decreases),
            Err(_) => {}
        }
        answer
    }

    /// Answers how long the source is to be left alone, if it is.
    fn record_failure(&self, error: &LookupError, ids: &[String], successes: u64) -> Option<Duration> {
        let open = match ids.first() {
            Some(id) if error.may_concern_ids() => self.breaker.on_failure_for(id, successes),
            _ => self.breaker.on_failure(),
        };
        let asked = Some(error.retry_after()).filter(|asked| *asked > self.policy.max_retry_after);
        asked.map(|asked| asked.min(MAX_RETRY_AFTER)).or(open)
    }

    pub(super) fn limiter(&self) -> &Arc<AdaptiveLimiter> {
        &self.limiter
    }

    /// Opens the breaker for an error that is known to be the source's.
    pub(super) fn unavailable(&self, error: &LookupError) -> SourceUnavailable {
        SourceUnavailable { retry_after: self.breaker.open(), reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How it ends when each attempt takes `call_time` and fails with `error`, and the delays between the attempts.
    async fn run_failing(error: LookupError, call_time: Duration) -> (CallError, Vec<Duration>) {
        let (retrier, ids) = (Retrier::new(RetryPolicy { min_delay: SECOND, ..RetryPolicy::default() }), ["a".to_owned()]);
        let (mut delays, mut last_end) = (Vec::new(), None);
        let run = retrier.run(&ids, || {
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
        assert_eq!((end, delays.len()), (CallError::Failed(network), 3));
        for (delay, min_delay) in delays.into_iter().zip([SECOND, 2 * SECOND, 4 * SECOND]) {
            assert!((min_delay..2 * min_delay + SECOND / 100).contains(&delay), "{delay:?}, {min_delay:?} and jitter");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_obeyed_if_short_and_means_unavailable_if_long() {
        for error in [LookupError::RateLimited(Some(7 * SECOND)), LookupError::Busy(7 * SECOND)] {
            let (end, delays) = run_failing(error.clone(), Duration::ZERO).await;
            assert_eq!((end, delays.len()), (CallError::Failed(error), 3));
            assert!(delays.iter().all(|delay| (8 * SECOND..16 * SECOND).contains(delay)), "{delays:?}");
        }
        for (asked, retry_after) in [(60 * SECOND, 60 * SECOND), (1_000_000 * SECOND, MAX_RETRY_AFTER)] {
            for error in [LookupError::RateLimited(Some(asked)), LookupError::Busy(asked)] {
                let unavailable = SourceUnavailable { retry_after, reason: error.to_string() };
                assert_eq!(run_failing(error, Duration::ZERO).await, (CallError::Unavailable(unavailable), vec![]));
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn source_that_cannot_be_connected_to_is_unavailable() {
        let (end, delays) = run_failing(LookupError::Unreachable("refused".into()), Duration::ZERO).await;
        let unavailable = SourceUnavailable { retry_after: 15 * SECOND, reason: "refused".into() };
        assert_eq!((end, delays.len()), (CallError::Unavailable(unavailable), 3));
    }

    #[tokio::test(start_paused = true)]
    async fn unreadable_answer_fails_within_twenty_seconds() {
        for call_time in [Duration::ZERO, SECOND, 5 * SECOND] {
            let start = Instant::now();
            let (end, _) = run_failing(LookupError::Unreadable("endless".into()), call_time).await;
            assert!(matches!(end, CallError::Failed(LookupError::Unreadable(_))));
            assert!(start.elapsed() <= 20 * SECOND, "{call_time:?} a call: {:?}", start.elapsed());
        }
    }
}
