//! Seconds to the end. Pure.
//!
//! The rule: the rate is that of the last 15 seconds, from the first result within them to the newest, so that answers of fifty videos
//! count as fairly as single ones; where results are rarer, that of the last few of them. Nothing is said before two seconds and five
//! results, and nothing once nothing is left. What was said counts down by the clock for as long as the rate bears it out, within a
//! tenth or three seconds; only where it does not is a new number said. So it never jumps for a wobble, and never forward or back
//! without the rate having changed.
//!
//! A job that others wait for is let go and taken up again: what is known of its rate is kept meanwhile, its waiting included.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use uuid::Uuid;

/// The rate is that of this last while.
const WINDOW: Duration = Duration::from_secs(15);
/// But of so many moments with results at least.
const LEAST_MOMENTS: usize = 4;
/// Before there is this much to go by, nothing is said.
const LEAST_TIME: Duration = Duration::from_secs(2);
/// Nor before this many results.
const LEAST_RESULTS: u32 = 5;
/// Results this close together came at one moment: an answer of many, or many answers.
const MOMENT: Duration = Duration::from_millis(50);
/// How far the rate's own number may be from what was said before that is no longer said: a part of it,
const TOLERANCE: f64 = 0.1;
/// or so many seconds, if they are more.
const TOLERANCE_SECONDS: f64 = 3.0;
/// After this long without a result, what was known of a rate is nothing to go by.
const STALE: Duration = Duration::from_secs(60);
/// Jobs between two turns that are remembered.
const MOST_KEPT: usize = 1000;

/// The recent results of one job.
#[derive(Clone, Debug)]
pub(super) struct Eta {
    /// Moments at which results came, and how many: oldest first. The first is where the counting begins.
    recent: VecDeque<(Instant, u32)>,
    /// What was said last, and when.
    said: Option<(Instant, f64)>,
}

impl Eta {
    /// Begins to count.
    pub(super) fn new(start: Instant) -> Self {
        Self { recent: VecDeque::from([(start, 0)]), said: None }
    }

    /// `count` more results.
    pub(super) fn record(&mut self, now: Instant, count: u32) {
        match self.recent.back_mut() {
            // The beginning stays what it is: before it there was nothing.
            Some((at, results)) if *results > 0 && now.duration_since(*at) < MOMENT => *results += count,
            _ => self.recent.push_back((now, count)),
        }
        while self.recent.len() > LEAST_MOMENTS && self.recent.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
            self.recent.pop_front();
        }
    }

    /// Seconds until `remaining` more results have come.
    pub(super) fn seconds(&mut self, now: Instant, remaining: u32) -> Option<u32> {
        let estimate = self.estimate(now, remaining)?;
        let expected = self.said.map(|(at, seconds)| seconds - now.duration_since(at).as_secs_f64());
        let seconds = match expected {
            Some(expected) if (estimate - expected).abs() <= tolerance(estimate) => expected,
            _ => {
                self.said = Some((now, estimate));
                estimate
            }
        };
        Some(seconds.ceil().clamp(1.0, f64::from(u32::MAX)) as u32)
    }

    /// What the rate alone says.
    fn estimate(&self, now: Instant, remaining: u32) -> Option<f64> {
        let (first, _) = self.recent.front()?;
        let time = now.duration_since(*first);
        let results: u32 = self.recent.iter().skip(1).map(|(_, count)| count).sum();
        let is_enough = time >= LEAST_TIME && results >= LEAST_RESULTS && remaining > 0;
        is_enough.then(|| f64::from(remaining) * time.as_secs_f64() / f64::from(results))
    }

    fn is_stale(&self, now: Instant) -> bool {
        self.recent.back().is_none_or(|(at, _)| now.duration_since(*at) > STALE)
    }
}

fn tolerance(estimate: f64) -> f64 {
    (estimate * TOLERANCE).max(TOLERANCE_SECONDS)
}

/// What is known of jobs between two turns at them, with how far they were.
#[derive(Debug, Default)]
pub(super) struct Etas(Mutex<HashMap<Uuid, (u32, Eta)>>);

impl Etas {
    /// What is known of a job, unless another worker had a turn at it meanwhile.
    pub(super) fn take(&self, job_id: Uuid, current_video: u32, now: Instant) -> Eta {
        let kept = self.lock().remove(&job_id);
        kept.filter(|(at, eta)| *at == current_video && !eta.is_stale(now)).map_or_else(|| Eta::new(now), |(_, eta)| eta)
    }

    /// A turn is over, and the job is not.
    pub(super) fn keep(&self, job_id: Uuid, current_video: u32, eta: Eta, now: Instant) {
        let mut kept = self.lock();
        kept.retain(|_, (_, eta)| !eta.is_stale(now));
        if kept.len() < MOST_KEPT {
            kept.insert(job_id, (current_video, eta));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, (u32, Eta)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// `each` results every `gap`, of `total`; what is said after each of them.
    fn said(total: u32, each: u32, gap: Duration) -> Vec<(u32, Option<u32>)> {
        let mut now = Instant::now();
        let (mut eta, mut done, mut said) = (Eta::new(now), 0, Vec::new());
        while done < total {
            now += gap;
            let count = each.min(total - done);
            done += count;
            eta.record(now, count);
            said.push((total - done, eta.seconds(now, total - done)));
        }
        said
    }

    #[test]
    fn silent_until_it_is_honest() {
        let told = said(100, 1, Duration::from_millis(500));
        assert!(told[..4].iter().all(|(_, seconds)| seconds.is_none()), "five results come first");
        assert_eq!(told[4], (95, Some(48)));
        let told = said(1_000, 100, Duration::from_millis(500));
        assert!(told[..3].iter().all(|(_, seconds)| seconds.is_none()), "and two seconds");
        assert!(told[3].1.is_some());
        assert_eq!(told.last(), Some(&(0, None)), "nothing is left");
        let start = Instant::now();
        assert_eq!(Eta::new(start).seconds(start + 60 * SECOND, 100), None);
    }

    #[test]
    fn follows_a_rate_that_changed() {
        let mut now = Instant::now();
        let mut eta = Eta::new(now);
        for _ in 0..30 {
            now += SECOND;
            eta.record(now, 10);
            eta.seconds(now, 1_000);
        }
        for _ in 0..30 {
            now += SECOND;
            eta.record(now, 1);
        }
        let slow = eta.seconds(now, 1_000).unwrap();
        assert!((900..=1_100).contains(&slow), "{slow}");
    }

    #[test]
    fn is_kept_between_turns() {
        let (etas, start) = (Etas::default(), Instant::now());
        let (ours, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
        // A turn of two seconds, and three of waiting: what is said is what it will take with the waiting.
        let (mut now, mut done) = (start, 0);
        let mut told = None;
        for _ in 0..6 {
            let mut eta = etas.take(ours, done, now);
            for _ in 0..2 {
                now += SECOND;
                done += 10;
                eta.record(now, 10);
                told = eta.seconds(now, 1_000);
            }
            etas.keep(ours, done, eta, now);
            now += 3 * SECOND;
        }
        let told = told.unwrap();
        assert!((210..=290).contains(&told), "four a second: {told}");
        etas.keep(theirs, 7, Eta::new(now), now);
        assert_eq!(etas.take(ours, done + 1, now).seconds(now, 1_000), None, "another worker had a turn");
        etas.keep(ours, done, Eta::new(now), now + 2 * STALE);
        assert_eq!(etas.lock().len(), 1, "what is old is forgotten");
    }

    proptest! {
        /// Whether a source answers one at a time or fifty, a steady rate is told to within a fifth, and only counts down.
        #[test]
        fn a_steady_rate_counts_down(each in 1u32..60, gap_ms in 60u64..7_000) {
            let (gap, total) = (Duration::from_millis(gap_ms), 100 * each);
            let mut before = u32::MAX;
            for (left, seconds) in said(total, each, gap) {
                let Some(seconds) = seconds else { continue };
                let real = f64::from(left) * gap.as_secs_f64() / f64::from(each);
                prop_assert!((f64::from(seconds) - real).abs() <= 1.0 + tolerance(real) * 2.0, "{} for {}", seconds, real);
                prop_assert!(seconds <= before, "{} after {}", seconds, before);
                before = seconds;
            }
        }

        /// Whatever comes when: what is said only departs from the countdown where the rate is not within the tolerance of it.
        #[test]
        fn never_jumps_without_reason(results in proptest::collection::vec((0u64..5_000, 1u32..60), 1..200)) {
            let mut now = Instant::now();
            let mut eta = Eta::new(now);
            let mut left: u32 = results.iter().map(|(_, count)| count).sum();
            let mut before: Option<(Instant, f64)> = None;
            for (gap, count) in results {
                now += Duration::from_millis(gap);
                left -= count;
                eta.record(now, count);
                let Some(seconds) = eta.seconds(now, left) else { continue };
                let estimate = eta.estimate(now, left).unwrap();
                if let Some((at, said)) = before {
                    let expected = said - now.duration_since(at).as_secs_f64();
                    let counted = (f64::from(seconds) - expected.max(1.0)).abs() <= 1.0;
                    prop_assert!(counted || (estimate - expected).abs() > tolerance(estimate), "{} where {} was expected and {} reckoned", seconds, expected, estimate);
                }
                prop_assert!((f64::from(seconds) - estimate).abs() <= tolerance(estimate) + 1.0);
                before = eta.said;
            }
        }
    }
}
