//! How many calls to a source run at once: as many as it accepts. Additive increase, multiplicative decrease, as in congestion control
//! (RFC 5681, 3.1): the limit grows while answers come, and shrinks when the source says "too many requests".
//! Crates for adaptive limits control a server's load by latency; a source says by its answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Before anything is known of the source.
const INITIAL_LIMIT: usize = 8;
/// One call is always tried; when none is, the circuit breaker decides.
const MIN_LIMIT: f64 = 1.0;
/// More than one process has use for.
const MAX_LIMIT: f64 = 256.0;
/// What is left of the limit after a rejection: RFC 9438's, which gives up less than half.
const DECREASE_FACTOR: f64 = 0.7;

/// Limits the calls to one source, over all jobs of this process. Permits are granted in turn.
#[derive(Debug)]
pub struct AdaptiveLimiter {
    semaphore: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: f64,
    /// Permits that are free or taken; after a decrease more than the limit, until the surplus ones come back.
    permits: usize,
    /// Nothing was rejected yet: the limit grows by one with each answer, not with each round of them.
    is_slow_start: bool,
    /// A rejection of a call that began before the last decrease tells nothing new.
    decreases: u64,
}

/// Permission for one call; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    permit: Option<OwnedSemaphorePermit>,
    limiter: Arc<AdaptiveLimiter>,
}

impl Default for AdaptiveLimiter {
    fn default() -> Self {
        let state = State { limit: INITIAL_LIMIT as f64, permits: INITIAL_LIMIT, is_slow_start: true, decreases: 0 };
        Self { semaphore: Arc::new(Semaphore::new(INITIAL_LIMIT)), state: Mutex::new(state) }
    }
}

impl AdaptiveLimiter {
    /// Waits for a permit. Dropping the future gives the turn up.
    pub async fn acquire(self: Arc<Self>) -> Permit {
        let permit = Arc::clone(&self.semaphore).acquire_owned().await;
        Permit { permit: Some(permit.expect("it is never closed")), limiter: self }
    }

    /// How often the limit was decreased so far; to be passed to [`Self::on_rejection`].
    pub(super) fn decreases(&self) -> u64 {
        self.lock().decreases
    }

    /// A call brought an answer. The limit grows only while it is what limits the calls.
    pub(super) fn on_success(&self) {
        let mut state = self.lock();
        let in_flight = state.permits - self.semaphore.available_permits();
        // During slow start half of it has to be in use, so that it may double within a round; after that all of it.
        let in_use = if state.is_slow_start { in_flight * 2 } else { in_flight + 1 };
        if in_use as f64 > state.limit {
            let by = if state.is_slow_start { 1.0 } else { state.limit.recip() };
            state.limit = (state.limit + by).min(MAX_LIMIT);
            let more = state.max_permits().saturating_sub(state.permits);
            state.permits += more;
            self.semaphore.add_permits(more);
        }
    }

    /// The source said "too many requests" to a call that began after `decreases` decreases.
    pub(super) fn on_rejection(&self, decreases: u64) {
        let mut state = self.lock();
        if decreases == state.decreases {
            state.limit = (state.limit * DECREASE_FACTOR).max(MIN_LIMIT);
            state.is_slow_start = false;
            state.decreases += 1;
            state.permits -= self.semaphore.forget_permits(state.permits.saturating_sub(state.max_permits()));
            metrics::counter!("playmarks_lookup_window_cuts_total").increment(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn max_permits(&self) -> usize {
        self.limit as usize
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.limiter.lock();
        let is_surplus = state.permits > state.max_permits();
        state.permits -= usize::from(is_surplus);
        if let Some(permit) = self.permit.take().filter(|_| is_surplus) {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn acquire_all(limiter: &Arc<AdaptiveLimiter>) -> Vec<Permit> {
        std::iter::from_fn(|| {
            let permit = Arc::clone(&limiter.semaphore).try_acquire_owned().ok()?;
            Some(Permit { permit: Some(permit), limiter: Arc::clone(limiter) })
        })
        .collect()
    }

    #[test]
    fn limit_grows_while_it_is_used_up_and_shrinks_once_a_round() {
        let limiter = Arc::new(AdaptiveLimiter::default());
        assert_eq!(acquire_all(&limiter).len(), 8);
        limiter.on_success();
        assert_eq!(acquire_all(&limiter).len(), 8, "an answer while permits are free says nothing about a higher limit");
        let permits = acquire_all(&limiter);
        (0..8).for_each(|_| limiter.on_success());
        drop(permits);
        assert_eq!(acquire_all(&limiter).len(), 16, "twice as many after a round of answers");
        let round = limiter.decreases();
        (0..10).for_each(|_| limiter.on_rejection(round));
        assert_eq!(acquire_all(&limiter).len(), 11, "ten rejections of one round are one");
        let permits = acquire_all(&limiter);
        (0..11).for_each(|_| limiter.on_success());
        drop(permits);
        assert_eq!(acquire_all(&limiter).len(), 12, "one more after a round of answers, from the first rejection on");
        (0..100).for_each(|_| limiter.on_rejection(limiter.decreases()));
        assert_eq!(acquire_all(&limiter).len(), 1);
    }

    proptest! {
        #[test]
        fn limit_stays_within_its_bounds(rejections in proptest::collection::vec(any::<bool>(), 0..2_000)) {
            let limiter = Arc::new(AdaptiveLimiter::default());
            for rejected in rejections {
                let permits = acquire_all(&limiter);
                prop_assert!((MIN_LIMIT as usize..=MAX_LIMIT as usize).contains(&permits.len()));
                if rejected { limiter.on_rejection(limiter.decreases()) } else { limiter.on_success() }
            }
        }
    }

    #[test]
    fn limit_settles_at_what_the_source_accepts() {
        const CAPACITY: usize = 12;
        let limiter = Arc::new(AdaptiveLimiter::default());
        let (mut answered, mut rejected) = (0, 0);
        for _ in 0..1_000 {
            let round = limiter.decreases();
            let permits = acquire_all(&limiter);
            let accepted = permits.len().min(CAPACITY);
            (0..accepted).for_each(|_| limiter.on_success());
            (accepted..permits.len()).for_each(|_| limiter.on_rejection(round));
            answered += accepted;
            rejected += permits.len() - accepted;
        }
        assert!(answered >= 10_000 && rejected <= 400, "of 12 000 calls that could be, {answered} were answered and {rejected} rejected");
    }

    #[tokio::test]
    async fn permits_are_granted_in_turn() {
        let limiter = Arc::new(AdaptiveLimiter::default());
        let mut permits = acquire_all(&limiter);
        let mut first = std::pin::pin!(Arc::clone(&limiter).acquire());
        let mut second = std::pin::pin!(Arc::clone(&limiter).acquire());
        assert!(futures::poll!(first.as_mut()).is_pending() && futures::poll!(second.as_mut()).is_pending());
        permits.pop();
        assert!(futures::poll!(second.as_mut()).is_pending());
        assert!(futures::poll!(first.as_mut()).is_ready());
    }
}
