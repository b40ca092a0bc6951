//! What a trouble means: again, later, or never. The decision is a pure function; [`Retrier`] carries it out.

use std::{future::Future, sync::Arc, time::Duration};

use app::wire::FailureCause;
use tokio::time::Instant;

use super::{SourceAway, breaker::Breaker, failure, window::Window};
use crate::job::Failure;

/// The longest a source is left alone at a time.
pub(super) const MAX_PAUSE: Duration = Duration::from_secs(3600);
/// Calls for several ids at once that end in a trouble which may be about one of them.
const BATCH_ATTEMPTS: u32 = 2;

/// Why a call brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No connection came about. That is never about one video.
    Unreachable(String),
    /// The connection broke, or the answer took too long.
    Network(String),
    /// 429, with the pause it asks for.
    RateLimited(Option<Duration>),
    /// 503, with the pause it asks for.
    Busy(Duration),
    /// An error of the source's own, or an answer that makes no sense.
    Nonsense(String),
}

impl Trouble {
    /// Whether it may be about the ids that were asked for.
    pub(super) fn may_be_about_ids(&self) -> bool {
        matches!(self, Self::Network(_) | Self::Nonsense(_))
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

    fn reason(&self) -> String {
        match self {
            Self::Unreachable(why) | Self::Network(why) | Self::Nonsense(why) => why.clone(),
            Self::RateLimited(_) => "too many requests (429)".into(),
            Self::Busy(_) => "busy (503)".into(),
        }
    }
}

/// How patient a client is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// Before the second attempt; doubled before each further one.
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
            base: Duration::from_millis(500),
            attempts: 4,
            patience: Duration::from_secs(20),
            unreadable: Duration::from_secs(15),
            pause: Duration::from_secs(15),
        }
    }
}

/// What to do after a trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The same again, after so long.
    Again(Duration),
    /// Leave the source alone for so long.
    Away(Duration),
    /// It was the last attempt.
    GiveUp,
}

/// The decision after `made` attempts, the last of which was `trouble`; `jitter` is from 0 to 1.
pub(super) fn step(policy: &Policy, trouble: &Trouble, made: u32, jitter: f64) -> Step {
    let asked = match trouble {
        Trouble::RateLimited(after) => after.unwrap_or_default(),
        Trouble::Busy(after) => *after,
        _ => Duration::ZERO,
    };
    if asked > policy.patience {
        return Step::Away(asked.min(MAX_PAUSE));
    }
    if made >= policy.attempts {
        return Step::GiveUp;
    }
    let backoff = policy.base * 2u32.saturating_pow(made.saturating_sub(1));
    // Never before the time that was asked for; calls that were refused together do not come back together.
    Step::Again(if asked.is_zero() { backoff.mul_f64(1.0 - jitter / 2.0) } else { asked + policy.base.mul_f64(jitter) })
}

/// Why a look-up ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is about the source.
    Away(SourceAway),
    /// It may be about the video.
    Trouble(Trouble),
}

/// Carries decisions out, over all calls of a source.
#[derive(Debug)]
pub(super) struct Retrier {
    policy: Policy,
    breaker: Breaker,
    window: Arc<Window>,
}

impl Retrier {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, breaker: Breaker::new(policy.pause), window: Arc::default() }
    }

    /// Calls for these ids until there is an answer or an end.
    pub(super) async fn run<T, F: Future<Output = Result<T, Trouble>>>(&self, ids: &[String], mut call: impl FnMut() -> F) -> Result<T, End> {
        let (mut start, answers) = (Instant::now(), self.breaker.answers());
        let mut made = 0;
        loop {
            let cuts = self.window.cuts();
            let trouble = match call().await {
                Ok(answer) => {
                    self.breaker.worked();
                    self.window.worked();
                    return Ok(answer);
                }
                Err(trouble) => trouble,
            };
            if matches!(trouble, Trouble::RateLimited(_)) {
                self.window.refused(cuts);
            }
            made += 1;
            let left_alone = match ids.first() {
                Some(id) if trouble.may_be_about_ids() => self.breaker.failed_for(id, answers),
                _ => self.breaker.failed(),
            };
            // Several ids are asked for in parts next; and one whose answer drips is not worth a minute.
            let is_enough = |pause| match trouble {
                Trouble::Nonsense(_) if start.elapsed() + pause > self.policy.unreadable => true,
                _ => ids.len() > 1 && trouble.may_be_about_ids() && made >= BATCH_ATTEMPTS,
            };
            let pause = match (step(&self.policy, &trouble, made, jitter()), left_alone) {
                (Step::Away(pause), _) | (_, Some(pause)) => return Err(End::Away(SourceAway { pause, reason: trouble.reason() })),
                (Step::Again(pause), None) if !is_enough(pause) => pause,
                (_, None) if matches!(trouble, Trouble::Unreachable(_)) => return Err(End::Away(self.away(&trouble))),
                (_, None) => return Err(End::Trouble(trouble)),
            };
            tokio::time::sleep(pause).await;
            if !trouble.may_be_about_ids() {
                start = Instant::now();
            }
        }
    }

    /// How many calls at once the source bears.
    pub(super) fn window(&self) -> &Arc<Window> {
        &self.window
    }

    /// For a trouble that is known to be about the source.
    pub(super) fn away(&self, trouble: &Trouble) -> SourceAway {
        SourceAway { pause: self.breaker.open(), reason: trouble.reason() }
    }
}

fn jitter() -> f64 {
    getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn troubles_are_tried_again_and_then_given_up() {
        let policy = Policy { base: SECOND, ..Policy::default() };
        let network = Trouble::Network("reset".into());
        assert_eq!(step(&policy, &network, 1, 0.0), Step::Again(SECOND));
        assert_eq!(step(&policy, &network, 2, 0.0), Step::Again(2 * SECOND));
        assert_eq!(step(&policy, &network, 3, 1.0), Step::Again(2 * SECOND));
        assert_eq!(step(&policy, &network, 4, 0.0), Step::GiveUp);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_can_be_read_is_given_up_within_twenty_seconds() {
        for time in [Duration::ZERO, SECOND, 5 * SECOND] {
            let (retrier, start, ids) = (Retrier::new(Policy::default()), Instant::now(), ["a".to_owned()]);
            let call = async || {
                tokio::time::sleep(time).await;
                Err::<(), _>(Trouble::Nonsense("drips".into()))
            };
            assert!(matches!(retrier.run(&ids, call).await, Err(End::Trouble(Trouble::Nonsense(_)))));
            assert!(start.elapsed() <= 20 * SECOND, "{time:?} a call: {:?}", start.elapsed());
        }
    }

    #[test]
    fn retry_after_is_obeyed_or_is_about_the_source() {
        let policy = Policy { base: SECOND, ..Policy::default() };
        let limited = |seconds| Trouble::RateLimited(Some(Duration::from_secs(seconds)));
        assert_eq!(step(&policy, &limited(7), 1, 0.0), Step::Again(7 * SECOND));
        assert_eq!(step(&policy, &limited(7), 3, 1.0), Step::Again(8 * SECOND));
        assert_eq!(step(&policy, &limited(7), 4, 0.0), Step::GiveUp);
        assert_eq!(step(&policy, &limited(60), 1, 0.0), Step::Away(60 * SECOND));
        assert_eq!(step(&policy, &limited(1_000_000), 1, 0.0), Step::Away(MAX_PAUSE));
        assert_eq!(step(&policy, &Trouble::Busy(7 * SECOND), 1, 0.0), Step::Again(7 * SECOND));
        assert_eq!(step(&policy, &Trouble::Busy(60 * SECOND), 1, 0.0), Step::Away(60 * SECOND));
        assert_eq!(step(&policy, &Trouble::RateLimited(None), 1, 0.0), Step::Again(SECOND));
    }

    proptest! {
        #[test]
        fn nothing_is_tried_for_ever_or_too_early(made in 1u32..50, after in 0u64..100_000, jitter in 0.0..=1.0f64) {
            let policy = Policy::default();
            match step(&policy, &Trouble::RateLimited(Some(Duration::from_secs(after))), made, jitter) {
                Step::Again(pause) => prop_assert!(made < policy.attempts && pause >= Duration::from_secs(after) && pause <= policy.patience + policy.base * 8),
                Step::Away(pause) => prop_assert!(Duration::from_secs(after) > policy.patience && pause <= MAX_PAUSE),
                Step::GiveUp => prop_assert!(made >= policy.attempts),
            }
        }
    }
}
