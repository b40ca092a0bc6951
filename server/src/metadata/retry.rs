//! What a trouble means: again, later, or never. backon waits between the calls; [`Retrier`] tells what is about the source.

use std::{future::Future, sync::Arc, time::Duration};

use app::wire::FailureCause;
use backon::{ExponentialBuilder, Retryable};
use tokio::time::Instant;

use super::{SourceAway, breaker::Breaker, failure, limiter::AdaptiveLimiter};
use crate::job::Failure;

/// The longest a source is left alone at a time.
const MAX_PAUSE: Duration = Duration::from_secs(3600);
/// Calls for several ids at once that end in a trouble which may be about one of them. They are asked for in parts after that.
const BATCH_ATTEMPTS: u32 = 2;

/// Why a call brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// No connection came about. That is never about one video.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke, or the answer took too long.
    #[error("{0}")]
    Network(String),
    /// 429, with the pause it asks for.
    #[error("too many requests (429)")]
    RateLimited(Option<Duration>),
    /// 503, with the pause it asks for.
    #[error("busy (503)")]
    Busy(Duration),
    /// An error of the source's own, or an answer that makes no sense.
    #[error("{0}")]
    Nonsense(String),
}

impl Trouble {
    /// Whether it may be about the ids that were asked for.
    pub(super) fn may_be_about_ids(&self) -> bool {
        matches!(self, Self::Network(_) | Self::Nonsense(_))
    }

    /// The pause that the source asks for.
    fn retry_after(&self) -> Duration {
        match self {
            Self::RateLimited(after) => after.unwrap_or_default(),
            Self::Busy(after) => *after,
            Self::Unreachable(_) | Self::Network(_) | Self::Nonsense(_) => Duration::ZERO,
        }
    }

    /// What an item says that failed for it.
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Unreachable(_) | Self::Network(_) => failure(FailureCause::Network, "YouTube did not answer. Try this video again later."),
            Self::RateLimited(_) => {
                failure(FailureCause::RateLimited, "YouTube answered “too many requests” again and again. Try this video again later.")
            }
            Self::Busy(_) => failure(FailureCause::SourceError, "YouTube was busy again and again. Try this video again later."),
            Self::Nonsense(what) => {
                failure(FailureCause::SourceError, format!("YouTube did not answer sensibly ({what}). Try this video again later."))
            }
        }
    }
}

/// How patient a client is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// Before the second attempt, and up to twice as long at random; doubled before each further one.
    pub(super) base: Duration,
    /// Calls for one answer, the first included.
    pub(super) attempts: u32,
    /// The longest `Retry-After` that is waited for within a call; a longer one is about the source.
    pub(super) patience: Duration,
    /// No further attempt begins so long after the first, where answers cannot be read: with the time that one takes, 20 s at most.
    pub(super) unreadable: Duration,
    /// How long the source is left alone at first; doubled each time that did not help, up to ten minutes.
    pub(super) pause: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(250),
            attempts: 4,
            patience: Duration::from_secs(20),
            unreadable: Duration::from_secs(15),
            pause: Duration::from_secs(15),
        }
    }
}

/// Why a look-up ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is about the source.
    Away(SourceAway),
    /// It may be about the video.
    Trouble(Trouble),
}

/// Calls a source again where that helps, and knows how it does over all calls.
#[derive(Debug)]
pub(super) struct Retrier {
    policy: Policy,
    breaker: Breaker,
    limiter: Arc<AdaptiveLimiter>,
}

impl Retrier {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, breaker: Breaker::new(policy.pause), limiter: Arc::default() }
    }

    /// Calls for these ids until there is an answer or an end.
    pub(super) async fn run<T, F: Future<Output = Result<T, Trouble>>>(&self, ids: &[String], mut call: impl FnMut() -> F) -> Result<T, End> {
        let Policy { base, attempts, unreadable, .. } = self.policy;
        let (mut begun, answers) = (Instant::now(), self.breaker.answers());
        let (mut made, mut away) = (0, None);
        let backoff = ExponentialBuilder::new().with_min_delay(base).with_max_times(attempts as usize - 1).with_jitter();
        let answer = || self.observed(call());
        let answer = answer.retry(backoff).adjust(|trouble, delay| {
            made += 1;
            away = self.left_alone(trouble, ids, answers);
            let in_parts = ids.len() > 1 && trouble.may_be_about_ids() && made >= BATCH_ATTEMPTS;
            // Never before the time that was asked for; calls that were refused together do not come back together.
            let delay = delay.filter(|_| away.is_none() && !in_parts)? + trouble.retry_after();
            match trouble {
                Trouble::Nonsense(_) if begun.elapsed() + delay > unreadable => return None,
                Trouble::RateLimited(_) | Trouble::Busy(_) => begun = Instant::now() + delay,
                _ => {}
            }
            Some(delay)
        });
        answer.await.map_err(|trouble| match away {
            Some(pause) => End::Away(SourceAway { pause, reason: trouble.to_string() }),
            None if matches!(trouble, Trouble::Unreachable(_)) => End::Away(self.away(&trouble)),
            None => End::Trouble(trouble),
        })
    }

    /// One call, from which breaker and limiter learn.
    async fn observed<T>(&self, call: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        let decreases = self.limiter.decreases();
        let answer = call.await;
        match &answer {
            Ok(_) => {
                self.breaker.worked();
                self.limiter.on_success();
            }
            Err(Trouble::RateLimited(_)) => self.limiter.on_rejection(decreases),
            Err(_) => {}
        }
        answer
    }

    /// After a failed call: how long the source is to be left alone, where it is.
    fn left_alone(&self, trouble: &Trouble, ids: &[String], answers: u64) -> Option<Duration> {
        let open = match ids.first() {
            Some(id) if trouble.may_be_about_ids() => self.breaker.failed_for(id, answers),
            _ => self.breaker.failed(),
        };
        let asked = Some(trouble.retry_after()).filter(|asked| *asked > self.policy.patience);
        asked.map(|asked| asked.min(MAX_PAUSE)).or(open)
    }

    pub(super) fn limiter(&self) -> &Arc<AdaptiveLimiter> {
        &self.limiter
    }

    /// For a trouble that is known to be about the source.
    pub(super) fn away(&self, trouble: &Trouble) -> SourceAway {
        SourceAway { pause: self.breaker.open(), reason: trouble.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How a look-up ends that takes so long a call and always meets this trouble, and the pauses between its calls.
    async fn ended(trouble: Trouble, call_takes: Duration) -> (End, Vec<Duration>) {
        let (retrier, ids) = (Retrier::new(Policy { base: SECOND, ..Policy::default() }), ["a".to_owned()]);
        let (mut pauses, mut last) = (Vec::new(), None);
        let end = retrier.run(&ids, || {
            pauses.extend(last.map(|last: Instant| last.elapsed()));
            last = Some(Instant::now() + call_takes);
            let trouble = trouble.clone();
            async move {
                tokio::time::sleep(call_takes).await;
                Err::<(), _>(trouble)
            }
        });
        let end = end.await.expect_err("it never works");
        (end, pauses)
    }

    #[tokio::test(start_paused = true)]
    async fn call_is_tried_again_with_growing_pauses_and_then_given_up() {
        let network = Trouble::Network("reset".into());
        let (end, pauses) = ended(network.clone(), Duration::ZERO).await;
        assert_eq!((end, pauses.len()), (End::Trouble(network), 3));
        for (pause, least) in pauses.into_iter().zip([SECOND, 2 * SECOND, 4 * SECOND]) {
            assert!((least..2 * least + SECOND / 100).contains(&pause), "{pause:?}, {least:?} with jitter");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_obeyed_or_is_about_the_source() {
        for trouble in [Trouble::RateLimited(Some(7 * SECOND)), Trouble::Busy(7 * SECOND)] {
            let (end, pauses) = ended(trouble.clone(), Duration::ZERO).await;
            assert_eq!((end, pauses.len()), (End::Trouble(trouble), 3));
            assert!(pauses.iter().all(|pause| (8 * SECOND..16 * SECOND).contains(pause)), "{pauses:?}");
        }
        for (asked, pause) in [(60 * SECOND, 60 * SECOND), (1_000_000 * SECOND, MAX_PAUSE)] {
            for trouble in [Trouble::RateLimited(Some(asked)), Trouble::Busy(asked)] {
                let away = SourceAway { pause, reason: trouble.to_string() };
                assert_eq!(ended(trouble, Duration::ZERO).await, (End::Away(away), vec![]));
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn source_without_a_connection_is_left_alone() {
        let (end, pauses) = ended(Trouble::Unreachable("refused".into()), Duration::ZERO).await;
        assert_eq!((end, pauses.len()), (End::Away(SourceAway { pause: 15 * SECOND, reason: "refused".into() }), 3));
    }

    #[tokio::test(start_paused = true)]
    async fn unreadable_answer_is_given_up_within_twenty_seconds() {
        for call_takes in [Duration::ZERO, SECOND, 5 * SECOND] {
            let start = Instant::now();
            let (end, _) = ended(Trouble::Nonsense("drips".into()), call_takes).await;
            assert!(matches!(end, End::Trouble(Trouble::Nonsense(_))));
            assert!(start.elapsed() <= 20 * SECOND, "{call_takes:?} a call: {:?}", start.elapsed());
        }
    }
}
