//! How many calls a source is asked at once: as many as it takes without refusing. Additive increase, multiplicative decrease, as in
//! congestion control (RFC 5681, 3.1): what is asked at once grows while answers come, and shrinks when the source says "too many".

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls at once before anything is known of the source.
const FIRST: usize = 8;
/// One call is always tried; when none is, the breaker decides.
const LEAST: f64 = 1.0;
/// More than one process has use for.
const MOST: f64 = 256.0;
/// What is left of the window after a refusal: RFC 9438's, which gives up less than half.
const CUT: f64 = 0.7;

/// The calls to one source, over all jobs of this process. Whoever waits for a place gets one in turn.
#[derive(Debug)]
pub struct Window {
    places: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    size: f64,
    /// Places that are free or taken; after a cut more than the size, until those that are too many come back.
    places: usize,
    /// Nothing was refused yet: it grows by one with each answer, not with each round of them.
    is_first_climb: bool,
    /// Refusals that were heeded: those of calls that began before the last of them tell nothing new.
    cuts: u64,
}

/// A place among the calls in flight; free again when dropped.
#[derive(Debug)]
pub struct Place {
    permit: Option<OwnedSemaphorePermit>,
    window: Arc<Window>,
}

impl Default for Window {
    fn default() -> Self {
        let state = State { size: FIRST as f64, places: FIRST, is_first_climb: true, cuts: 0 };
        Self { places: Arc::new(Semaphore::new(FIRST)), state: Mutex::new(state) }
    }
}

impl Window {
    /// Waits for a place. Dropping the future gives the turn up.
    pub async fn place(self: Arc<Self>) -> Place {
        let permit = Arc::clone(&self.places).acquire_owned().await;
        Place { permit: Some(permit.expect("it is never closed")), window: self }
    }

    /// What a call has to hand to [`Self::refused`].
    pub(super) fn cuts(&self) -> u64 {
        self.lock().cuts
    }

    /// A call brought an answer. The window grows only while it is what limits the calls.
    pub(super) fn worked(&self) {
        let mut state = self.lock();
        let in_flight = state.places - self.places.available_permits();
        // On the first climb half of it has to be in use, so that it may double within a round; after that all of it.
        let in_use = if state.is_first_climb { in_flight * 2 } else { in_flight + 1 };
        if in_use as f64 > state.size {
            let by = if state.is_first_climb { 1.0 } else { state.size.recip() };
            state.size = (state.size + by).min(MOST);
            let more = state.whole().saturating_sub(state.places);
            state.places += more;
            self.places.add_permits(more);
        }
    }

    /// The source said "too many" to a call that began after `cuts` cuts.
    pub(super) fn refused(&self, cuts: u64) {
        let mut state = self.lock();
        if cuts == state.cuts {
            state.size = (state.size * CUT).max(LEAST);
            state.is_first_climb = false;
            state.cuts += 1;
            state.places -= self.places.forget_permits(state.places.saturating_sub(state.whole()));
            metrics::counter!("playmarks_lookup_window_cuts_total").increment(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The size in places: between 1 and a few hundred.
    fn whole(&self) -> usize {
        self.size as usize
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.window.lock();
        let is_too_many = state.places > state.whole();
        state.places -= usize::from(is_too_many);
        if let Some(permit) = self.permit.take().filter(|_| is_too_many) {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every place that is free.
    fn fill(window: &Arc<Window>) -> Vec<Place> {
        std::iter::from_fn(|| {
            let permit = Arc::clone(&window.places).try_acquire_owned().ok()?;
            Some(Place { permit: Some(permit), window: Arc::clone(window) })
        })
        .collect()
    }

    #[test]
    fn grows_while_it_is_full_and_shrinks_once_a_round() {
        let window = Arc::new(Window::default());
        assert_eq!(fill(&window).len(), 8);
        window.worked();
        assert_eq!(fill(&window).len(), 8, "an answer to an idle window says nothing of a larger one");
        let places = fill(&window);
        (0..8).for_each(|_| window.worked());
        drop(places);
        assert_eq!(fill(&window).len(), 16, "twice as many after a round of answers");
        let round = window.cuts();
        (0..10).for_each(|_| window.refused(round));
        assert_eq!(fill(&window).len(), 11, "ten refusals of one round are one");
        let places = fill(&window);
        (0..11).for_each(|_| window.worked());
        drop(places);
        assert_eq!(fill(&window).len(), 12, "one more after a round of answers, from the first refusal on");
        (0..100).for_each(|_| window.refused(window.cuts()));
        assert_eq!(fill(&window).len(), 1);
    }

    proptest! {
        #[test]
        fn never_none_and_never_endless(refusals in proptest::collection::vec(any::<bool>(), 0..2_000)) {
            let window = Arc::new(Window::default());
            for refused in refusals {
                let places = fill(&window);
                prop_assert!((LEAST as usize..=MOST as usize).contains(&places.len()));
                if refused { window.refused(window.cuts()) } else { window.worked() }
            }
        }
    }

    #[test]
    fn finds_what_a_source_takes() {
        const TAKES: usize = 12;
        let window = Arc::new(Window::default());
        let (mut answered, mut refused) = (0, 0);
        for _ in 0..1_000 {
            let round = window.cuts();
            let places = fill(&window);
            let taken = places.len().min(TAKES);
            (0..taken).for_each(|_| window.worked());
            (taken..places.len()).for_each(|_| window.refused(round));
            answered += taken;
            refused += places.len() - taken;
        }
        assert!(answered >= 10_000 && refused <= 400, "of 12 000 calls that could be, {answered} were answered and {refused} refused");
    }

    #[tokio::test]
    async fn a_place_is_had_in_turn() {
        let window = Arc::new(Window::default());
        let mut places = fill(&window);
        let mut first = std::pin::pin!(Arc::clone(&window).place());
        let mut second = std::pin::pin!(Arc::clone(&window).place());
        assert!(futures::poll!(first.as_mut()).is_pending() && futures::poll!(second.as_mut()).is_pending());
        places.pop();
        assert!(futures::poll!(second.as_mut()).is_pending());
        assert!(futures::poll!(first.as_mut()).is_ready());
    }
}
