//! Decides when results are flushed: at most ten times a second per job, and within 100 ms. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest time between two flushes of one job.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);

/// The throttle of one job.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FlushThrottle {
    last: Option<Instant>,
}

impl FlushThrottle {
    /// When to flush results that arrived at `now`.
    pub(super) fn next_flush(&self, now: Instant) -> Instant {
        self.last.map_or(now, |last| now.max(last + FLUSH_INTERVAL))
    }

    pub(super) fn on_flush(&mut self, now: Instant) {
        self.last = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Results at any times, with timers that fire late.
        #[test]
        fn flushes_are_ten_a_second_at_most_and_due_within_the_interval(arrivals in proptest::collection::vec((0u64..400, 0u64..150), 1..200)) {
            let start = Instant::now();
            let mut throttle = FlushThrottle::default();
            let mut now = start;
            let mut due: Option<Instant> = None;
            let mut flushes: Vec<Instant> = Vec::new();
            for (gap, late) in arrivals {
                now += Duration::from_millis(gap);
                if let Some(at) = due.map(|at| at + Duration::from_millis(late)).filter(|at| *at <= now) {
                    throttle.on_flush(at);
                    flushes.push(at);
                    due = None;
                }
                let at = *due.get_or_insert_with(|| throttle.next_flush(now));
                prop_assert!(at <= now + FLUSH_INTERVAL, "the trailing edge");
                prop_assert!(flushes.last().is_none_or(|last| at >= *last + FLUSH_INTERVAL));
            }
            for (first, eleventh) in flushes.iter().zip(flushes.iter().skip(10)) {
                prop_assert!(*eleventh - *first >= Duration::from_secs(1), "ten a second");
            }
        }
    }
}
