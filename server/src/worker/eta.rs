//! Seconds to the end, from the recent rate; nothing until that is honest. Pure.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// The rate is that of this last while.
const WINDOW: Duration = Duration::from_secs(15);
/// Before there is this much to go by, nothing is said.
const LEAST_TIME: Duration = Duration::from_secs(2);
/// Nor before this many results.
const LEAST_RESULTS: u32 = 5;

/// The recent results of one job.
#[derive(Clone, Debug)]
pub(super) struct Eta {
    start: Instant,
    /// Times at which results came, and how many: oldest first.
    recent: VecDeque<(Instant, u32)>,
}

impl Eta {
    /// Begins to count.
    pub(super) fn new(start: Instant) -> Self {
        Self { start, recent: VecDeque::new() }
    }

    /// `count` more results.
    pub(super) fn record(&mut self, now: Instant, count: u32) {
        self.recent.push_back((now, count));
        while self.recent.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
            self.recent.pop_front();
        }
    }

    /// Seconds until `remaining` more results have come, rounded up.
    pub(super) fn seconds(&self, now: Instant, remaining: u32) -> Option<u32> {
        let time = now.duration_since(self.start).min(WINDOW);
        let results: u32 = self.recent.iter().map(|(_, count)| count).sum();
        if time < LEAST_TIME || results < LEAST_RESULTS || remaining == 0 {
            return None;
        }
        let seconds = f64::from(remaining) * time.as_secs_f64() / f64::from(results);
        Some(seconds.ceil().min(f64::from(u32::MAX)) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> (Eta, Instant) {
        let start = Instant::now();
        let mut eta = Eta::new(start);
        for second in 1..=seconds {
            eta.record(start + Duration::from_secs(second), 10);
        }
        (eta, start + Duration::from_secs(seconds))
    }

    #[test]
    fn silent_until_it_is_honest() {
        let (eta, now) = after(1);
        assert_eq!(eta.seconds(now, 100), None);
        let start = Instant::now();
        assert_eq!(Eta::new(start).seconds(start + Duration::from_secs(60), 100), None);
    }

    #[test]
    fn follows_the_recent_rate() {
        let (eta, now) = after(10);
        assert_eq!(eta.seconds(now, 100), Some(10));
        assert_eq!(eta.seconds(now, 1), Some(1));
        assert_eq!(eta.seconds(now, 0), None);
        let (eta, now) = after(100);
        assert_eq!(eta.seconds(now, 160), Some(15), "16 stamps of ten in a window of 15 s");
    }
}
