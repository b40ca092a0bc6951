//! When results are written: at most ten times a second for a job, none later than 100 ms. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// The least time between two flushes of one job.
pub(super) const FLUSH_INTERVAL: Duration = Duration::from_millis(100);

/// Spaces the flushes of one job.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Throttle {
    last: Option<Instant>,
}

impl Throttle {
    /// When results that came at `now` are to be written.
    pub(super) fn due(&self, now: Instant) -> Instant {
        self.last.map_or(now, |last| now.max(last + FLUSH_INTERVAL))
    }

    /// A flush happens at `now`.
    pub(super) fn flushed(&mut self, now: Instant) {
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Results at any times, and timers that go off late: flushes keep their distance, which is ten a second at most, and no result waits
        /// longer than the interval for anything but the timer.
        #[test]
        fn spaced_and_prompt(arrivals in proptest::collection::vec((0u64..400, 0u64..150), 1..200)) {
            let start = Instant::now();
            let mut throttle = Throttle::default();
            let mut now = start;
            let mut due: Option<Instant> = None;
            let mut flushes: Vec<Instant> = Vec::new();
            for (gap, late) in arrivals {
                now += Duration::from_millis(gap);
                if let Some(at) = due.map(|at| at + Duration::from_millis(late)).filter(|at| *at <= now) {
                    throttle.flushed(at);
                    flushes.push(at);
                    due = None;
                }
                let at = *due.get_or_insert_with(|| throttle.due(now));
                prop_assert!(at <= now + FLUSH_INTERVAL, "the trailing edge");
                prop_assert!(flushes.last().is_none_or(|last| at >= *last + FLUSH_INTERVAL));
            }
            for (first, eleventh) in flushes.iter().zip(flushes.iter().skip(10)) {
                prop_assert!(*eleventh - *first >= Duration::from_secs(1), "ten a second");
            }
        }
    }
}
