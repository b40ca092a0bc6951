//! A circuit breaker over all calls to a source: it opens when the source fails, and not when one video after another does.
//! Not a crate's: failsafe, recloser and tower-resilience-circuitbreaker count calls alike, whichever ids they are about, and by std's
//! clock, which tests cannot pause.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Failures without a success between them that open it: more than one video has attempts.
const FAILURE_THRESHOLD: u32 = 5;
const MAX_OPEN_TIME: Duration = Duration::from_secs(600);

/// A failure for one id while others succeed says nothing about the source. While nothing succeeds, each id counts once, however often it
/// is tried.
///
/// While it is open, every failure is the source's. After that it is closed with a sanitize count, not half-open: otherwise a video that
/// always fails could keep its job waiting for ever.
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    first_open_time: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    successes: u64,
    /// Since the last success.
    failures: u32,
    /// The ids that some of them may concern.
    failing_ids: HashSet<String>,
    /// Since the last success.
    openings: u32,
    open_until: Option<Instant>,
}

impl CircuitBreaker {
    /// Each time it opens without a success since the last time, it stays open twice as long, up to ten minutes.
    pub(super) fn new(first_open_time: Duration) -> Self {
        Self { first_open_time, state: Mutex::default() }
    }

    /// How many calls succeeded so far; to be passed to [`Self::on_failure_for`].
    pub(super) fn successes(&self) -> u64 {
        self.lock().successes
    }

    pub(super) fn on_success(&self) {
        let mut state = self.lock();
        *state = State { successes: state.successes + 1, ..State::default() };
    }

    /// A call failed for a reason that concerns no video. Answers how long the breaker is still open, if it is.
    pub(super) fn on_failure(&self) -> Option<Duration> {
        self.record_failure(|_| true)
    }

    /// The same for a reason that may concern this id, which was first asked for after `successes` successes.
    pub(super) fn on_failure_for(&self, id: &str, successes: u64) -> Option<Duration> {
        self.record_failure(|state| state.successes == successes && state.failing_ids.insert(id.to_owned()))
    }

    fn record_failure(&self, counts: impl FnOnce(&mut State) -> bool) -> Option<Duration> {
        let mut state = self.lock();
        let now = Instant::now();
        if let Some(left) = state.open_until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero()) {
            return Some(left);
        }
        state.failures += u32::from(counts(&mut state));
        (state.failures >= FAILURE_THRESHOLD).then(|| state.open(self.first_open_time, now))
    }

    /// Opens it for a failure that is known to be the source's. Answers for how long.
    pub(super) fn open(&self) -> Duration {
        self.lock().open(self.first_open_time, Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open(&mut self, first_open_time: Duration, now: Instant) -> Duration {
        let open_time = first_open_time.saturating_mul(2u32.saturating_pow(self.openings)).min(MAX_OPEN_TIME);
        let openings = self.openings.saturating_add(1);
        *self = Self { successes: self.successes, openings, open_until: Some(now + open_time), ..Self::default() };
        open_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn breaker_opens_for_longer_each_time() {
        let breaker = CircuitBreaker::new(SECOND);
        for open_time in [SECOND, 2 * SECOND, 4 * SECOND] {
            for _ in 1..FAILURE_THRESHOLD {
                assert_eq!(breaker.on_failure(), None);
            }
            assert_eq!(breaker.on_failure(), Some(open_time));
            assert_eq!(breaker.on_failure(), Some(open_time), "calls in flight are told as well");
            tokio::time::advance(open_time).await;
        }
        let longest = (0..30).map(|_| breaker.open()).max();
        assert_eq!(longest, Some(MAX_OPEN_TIME));
    }

    #[tokio::test(start_paused = true)]
    async fn breaker_opens_for_different_ids_and_not_for_one_that_fails_often() {
        let breaker = CircuitBreaker::new(SECOND);
        let fail = |id: &str| breaker.on_failure_for(id, breaker.successes());
        for _ in 0..100 {
            assert_eq!((fail("a"), fail("b")), (None, None));
        }
        assert_eq!((fail("c"), fail("d")), (None, None));
        assert_eq!(fail("e"), Some(SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn breaker_stays_closed_for_ids_that_fail_while_others_succeed() {
        let breaker = CircuitBreaker::new(SECOND);
        let before = breaker.successes();
        breaker.on_success();
        for id in 0..100 {
            assert_eq!(breaker.on_failure_for(&id.to_string(), before), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn success_closes_the_breaker() {
        let breaker = CircuitBreaker::new(SECOND);
        breaker.open();
        breaker.on_success();
        for _ in 1..FAILURE_THRESHOLD {
            assert_eq!(breaker.on_failure(), None);
        }
        breaker.on_success();
        assert_eq!(breaker.on_failure(), None);
    }
}
