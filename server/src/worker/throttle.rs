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
        /// Results at any times: flushes keep their distance, and no result waits longer than the interval.
        #[test]
        fn spaced_and_prompt(gaps in proptest::collection::vec(0u64..400, 1..200)) {
            let start = Instant::now();
            let mut throttle = Throttle::default();
            let (mut now, mut due, mut last): (Instant, Option<Instant>, Option<Instant>) = (start, None, None);
            for gap in gaps {
                now += Duration::from_millis(gap);
                if let Some(at) = due.filter(|at| *at <= now) {
                    if let Some(last) = last {
                        prop_assert!(at - last >= FLUSH_INTERVAL);
                    }
                    throttle.flushed(at);
                    (last, due) = (Some(at), None);
                }
                let at = *due.get_or_insert_with(|| throttle.due(now));
                prop_assert!(at >= now && at - now <= FLUSH_INTERVAL);
            }
        }
    }
}
