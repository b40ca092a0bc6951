//! A circuit breaker: notices over all calls of a source that it is the source that fails, and not one video after another.
//! Not a crate's: failsafe, recloser and tower-resilience-circuitbreaker count calls alike, whichever ids they are about, and by std's
//! clock, which tests cannot pause.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Failures without an answer between them that are no accident any more: more than one video has attempts, and more unlike videos than
/// there are that always fail.
const IN_A_ROW: u32 = 5;
/// The longest pause that the breaker asks for.
const MAX_PAUSE: Duration = Duration::from_secs(600);

/// What fails for one id while others are answered says nothing of the source. Where nobody is answered, each id counts once, however
/// often it is tried.
///
/// Closed: calls go through. Open: a failing call gives up for the source's sake at once. After the pause it is closed again, with a
/// clean count, so that a video which always fails is decided in the end and cannot keep its job waiting for ever.
#[derive(Debug)]
pub(super) struct Breaker {
    pause: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Calls that brought an answer.
    answers: u64,
    in_a_row: u32,
    /// Those among them that were about an id.
    failing: HashSet<String>,
    /// Openings since a call worked.
    openings: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// `pause` is the first one; each further one, as long as nothing worked between, is twice as long.
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, state: Mutex::default() }
    }

    /// How many calls brought an answer so far.
    pub(super) fn answers(&self) -> u64 {
        self.lock().answers
    }

    /// A call brought an answer.
    pub(super) fn worked(&self) {
        let mut state = self.lock();
        *state = State { answers: state.answers + 1, ..State::default() };
    }

    /// A call failed for a reason that is not about a video. Answers how long the source is to be left alone, where it is.
    pub(super) fn failed(&self) -> Option<Duration> {
        self.count(|_| true)
    }

    /// The same for a reason that may be about this id; `answers` is what [`Self::answers`] said before it was asked for at first.
    pub(super) fn failed_for(&self, id: &str, answers: u64) -> Option<Duration> {
        self.count(|state| state.answers == answers && state.failing.insert(id.to_owned()))
    }

    fn count(&self, is_evidence: impl FnOnce(&mut State) -> bool) -> Option<Duration> {
        let mut state = self.lock();
        let now = Instant::now();
        if let Some(left) = state.open_until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero()) {
            return Some(left);
        }
        state.in_a_row += u32::from(is_evidence(&mut state));
        (state.in_a_row >= IN_A_ROW).then(|| state.open(self.pause, now))
    }

    /// What failed is known to be the source.
    pub(super) fn open(&self) -> Duration {
        self.lock().open(self.pause, Instant::now())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open(&mut self, first: Duration, now: Instant) -> Duration {
        let pause = first.saturating_mul(2u32.saturating_pow(self.openings)).min(MAX_PAUSE);
        let openings = self.openings.saturating_add(1);
        *self = Self { answers: self.answers, openings, open_until: Some(now + pause), ..Self::default() };
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn opens_after_failures_in_a_row_for_longer_each_time() {
        let breaker = Breaker::new(SECOND);
        for pause in [SECOND, 2 * SECOND, 4 * SECOND] {
            for _ in 1..IN_A_ROW {
                assert_eq!(breaker.failed(), None);
            }
            assert_eq!(breaker.failed(), Some(pause));
            assert_eq!(breaker.failed(), Some(pause), "others in flight leave it alone as well");
            tokio::time::advance(pause).await;
        }
        let longest = (0..30).map(|_| breaker.open()).max();
        assert_eq!(longest, Some(MAX_PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn opens_after_unlike_ids_have_failed_and_not_for_one_of_them() {
        let breaker = Breaker::new(SECOND);
        let failed = |id: &str| breaker.failed_for(id, breaker.answers());
        for _ in 0..100 {
            assert_eq!((failed("a"), failed("b")), (None, None));
        }
        assert_eq!((failed("c"), failed("d")), (None, None));
        assert_eq!(failed("e"), Some(SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn stays_closed_for_ids_that_fail_while_others_are_answered() {
        let breaker = Breaker::new(SECOND);
        let before = breaker.answers();
        breaker.worked();
        for id in 0..100 {
            assert_eq!(breaker.failed_for(&id.to_string(), before), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_answer_closes_it() {
        let breaker = Breaker::new(SECOND);
        breaker.open();
        breaker.worked();
        for _ in 1..IN_A_ROW {
            assert_eq!(breaker.failed(), None);
        }
        breaker.worked();
        assert_eq!(breaker.failed(), None);
    }
}
