//! A circuit breaker over all calls to a source: it opens when the source fails, and not when one video after another does.
//! Not a crate's: failsafe, recloser and tower-resilience-circuitbreaker go by std's clock, which tests cannot pause.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Failures without a success between them that open it: more than one video has attempts.
const FAILURE_THRESHOLD: u32 = 5;
const MAX_OPEN_TIME: Duration = Duration::from_secs(600);

/// Counts failures that are not about a video, such as 429. `probe` decides about the rest.
///
/// While it is open, every failure is the source's. After that it is closed with a fresh count, not half-open: otherwise a video that
/// always fails could keep its job waiting for ever.
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    first_open_time: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Since the last success.
    failures: u32,
    /// Since the last success.
    openings: u32,
    open_until: Option<Instant>,
}

impl CircuitBreaker {
    /// Each time it opens without a success since the last time, it stays open twice as long, up to ten minutes.
    pub(super) fn new(first_open_time: Duration) -> Self {
        Self { first_open_time, state: Mutex::default() }
    }

    pub(super) fn on_success(&self) {
        *self.lock() = State::default();
    }

    /// A call failed for a reason that concerns no video. Returns how long the breaker is still open, if it is.
    pub(super) fn on_failure(&self) -> Option<Duration> {
        let mut state = self.lock();
        let now = Instant::now();
        state.open_for(now).or_else(|| {
            state.failures += 1;
            (state.failures >= FAILURE_THRESHOLD).then(|| state.open(self.first_open_time, now))
        })
    }

    /// How long it is still open, if it is.
    pub(super) fn open_for(&self) -> Option<Duration> {
        self.lock().open_for(Instant::now())
    }

    /// Opens it for a failure that is known to be the source's, unless it is open. Returns for how long.
    pub(super) fn open(&self) -> Duration {
        let (mut state, now) = (self.lock(), Instant::now());
        state.open_for(now).unwrap_or_else(|| state.open(self.first_open_time, now))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open_for(&self, now: Instant) -> Option<Duration> {
        self.open_until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero())
    }

    fn open(&mut self, first_open_time: Duration, now: Instant) -> Duration {
        let open_time = first_open_time.saturating_mul(2u32.saturating_pow(self.openings)).min(MAX_OPEN_TIME);
        *self = Self { failures: 0, openings: self.openings.saturating_add(1), open_until: Some(now + open_time) };
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
                assert_eq!((breaker.on_failure(), breaker.open_for()), (None, None));
            }
            assert_eq!(breaker.on_failure(), Some(open_time));
            assert_eq!((breaker.on_failure(), breaker.open()), (Some(open_time), open_time), "calls in flight are told as well");
            tokio::time::advance(open_time).await;
        }
        let mut longest = Duration::ZERO;
        for _ in 0..30 {
            longest = longest.max(breaker.open());
            tokio::time::advance(longest).await;
        }
        assert_eq!(longest, MAX_OPEN_TIME);
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
