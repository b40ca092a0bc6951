//! Estimates when a job ends. Pure.
//!
//! The rate is measured over the last 15 seconds, from the first result in them to the newest, so that answers for fifty videos and for one
//! are treated alike; if results are rarer, over the last few. There is no estimate before two seconds and five results, nor once nothing
//! is left. An announced estimate counts down with the clock while the rate agrees with it, within a tenth or three seconds; otherwise a
//! new one is announced. So it only jumps if the rate has changed.
//!
//! A job is released and claimed again if others wait: its estimator is kept meanwhile, and the waiting time counts.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use uuid::Uuid;

const RATE_WINDOW: Duration = Duration::from_secs(15);
/// Number of samples that are kept even if they are older than the window.
const MIN_SAMPLES: usize = 4;
/// There is no estimate before this time.
const MIN_TIME: Duration = Duration::from_secs(2);
/// There is no estimate before this number of results.
const MIN_RESULTS: u32 = 5;
/// Results this close together are one sample: an answer for many videos, or many answers.
const SAMPLE_WIDTH: Duration = Duration::from_millis(50);
/// How far the rate's estimate may differ from the announced one: by this fraction,
const TOLERANCE: f64 = 0.1;
/// or by this many seconds, if that is more.
const TOLERANCE_SECONDS: f64 = 3.0;
/// An estimator starts again after this long without a result.
const STALE_AFTER: Duration = Duration::from_secs(60);
/// Maximum number of released jobs that are remembered.
const MAX_CACHED: usize = 1000;

/// The estimator of one job.
#[derive(Clone, Debug)]
pub(super) struct EtaEstimator {
    /// Times and numbers of results, oldest first. The first sample only marks the start.
    samples: VecDeque<(Instant, u32)>,
    /// When an estimate was announced, and how many seconds were left then.
    announced: Option<(Instant, f64)>,
}

impl EtaEstimator {
    pub(super) fn new(start: Instant) -> Self {
        Self { samples: VecDeque::from([(start, 0)]), announced: None }
    }

    /// Counts `count` more results.
    pub(super) fn record(&mut self, now: Instant, count: u32) {
        match self.samples.back_mut() {
            // Not merged with the first one, which marks the start.
            Some((at, results)) if *results > 0 && now.duration_since(*at) < SAMPLE_WIDTH => *results += count,
            _ => self.samples.push_back((now, count)),
        }
        while self.samples.len() > MIN_SAMPLES && self.samples.front().is_some_and(|(at, _)| now.duration_since(*at) > RATE_WINDOW) {
            self.samples.pop_front();
        }
    }

    /// The seconds until `remaining` more results (at least 1) have come.
    pub(super) fn seconds_left(&mut self, now: Instant, remaining: u32) -> Option<u32> {
        let estimate = self.estimate(now, remaining)?;
        let expected = self.announced.map(|(at, seconds)| seconds - now.duration_since(at).as_secs_f64());
        let seconds = match expected {
            Some(expected) if (estimate - expected).abs() <= tolerance(estimate) => expected,
            _ => {
                self.announced = Some((now, estimate));
                estimate
            }
        };
        Some(seconds.ceil().clamp(1.0, f64::from(u32::MAX)) as u32)
    }

    /// The estimate from the rate alone.
    fn estimate(&self, now: Instant, remaining: u32) -> Option<f64> {
        let (first, _) = self.samples.front()?;
        let time = now.duration_since(*first);
        let results: u32 = self.samples.iter().skip(1).map(|(_, count)| count).sum();
        let is_enough = time >= MIN_TIME && results >= MIN_RESULTS && remaining > 0;
        is_enough.then(|| f64::from(remaining) * time.as_secs_f64() / f64::from(results))
    }

    fn is_stale(&self, now: Instant) -> bool {
        self.samples.back().is_none_or(|(at, _)| now.duration_since(*at) > STALE_AFTER)
    }
}

fn tolerance(estimate: f64) -> f64 {
    (estimate * TOLERANCE).max(TOLERANCE_SECONDS)
}

/// Estimators of released jobs, with the jobs' progress.
#[derive(Debug, Default)]
pub(super) struct EtaCache(Mutex<HashMap<Uuid, (u32, EtaEstimator)>>);

impl EtaCache {
    /// Takes the job's estimator; a new one if there is none, or if another worker has had the job meanwhile.
    pub(super) fn take(&self, job_id: Uuid, current_video: u32, now: Instant) -> EtaEstimator {
        let kept = self.lock().remove(&job_id);
        kept.filter(|(at, eta)| *at == current_video && !eta.is_stale(now)).map_or_else(|| EtaEstimator::new(now), |(_, eta)| eta)
    }

    /// Keeps the estimator of a job that is released.
    pub(super) fn put(&self, job_id: Uuid, current_video: u32, eta: EtaEstimator, now: Instant) {
        let mut kept = self.lock();
        kept.retain(|_, (_, eta)| !eta.is_stale(now));
        if kept.len() < MAX_CACHED {
            kept.insert(job_id, (current_video, eta));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, (u32, EtaEstimator)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Simulates `each` results every `gap`, of `total`; returns how many are left after each of them, and the announced estimate.
    fn announcements(total: u32, each: u32, gap: Duration) -> Vec<(u32, Option<u32>)> {
        let mut now = Instant::now();
        let (mut eta, mut done, mut announced) = (EtaEstimator::new(now), 0, Vec::new());
        while done < total {
            now += gap;
            let count = each.min(total - done);
            done += count;
            eta.record(now, count);
            announced.push((total - done, eta.seconds_left(now, total - done)));
        }
        announced
    }

    #[test]
    fn no_estimate_before_two_seconds_and_five_results() {
        let announced = announcements(100, 1, Duration::from_millis(500));
        assert!(announced[..4].iter().all(|(_, seconds)| seconds.is_none()), "five results come first");
        assert_eq!(announced[4], (95, Some(48)));
        let announced = announcements(1_000, 100, Duration::from_millis(500));
        assert!(announced[..3].iter().all(|(_, seconds)| seconds.is_none()), "and two seconds");
        assert!(announced[3].1.is_some());
        assert_eq!(announced.last(), Some(&(0, None)), "nothing is left");
        let start = Instant::now();
        assert_eq!(EtaEstimator::new(start).seconds_left(start + 60 * SECOND, 100), None);
    }

    #[test]
    fn estimate_follows_a_changed_rate() {
        let mut now = Instant::now();
        let mut eta = EtaEstimator::new(now);
        for _ in 0..30 {
            now += SECOND;
            eta.record(now, 10);
            eta.seconds_left(now, 1_000);
        }
        for _ in 0..30 {
            now += SECOND;
            eta.record(now, 1);
        }
        let slow = eta.seconds_left(now, 1_000).unwrap();
        assert!((900..=1_100).contains(&slow), "{slow}");
    }

    #[test]
    fn estimator_is_kept_while_its_job_is_released() {
        let (cache, start) = (EtaCache::default(), Instant::now());
        let (ours, theirs) = (Uuid::from_u128(1), Uuid::from_u128(2));
        // Slices of two seconds with three seconds of waiting in between, which counts.
        let (mut now, mut done) = (start, 0);
        let mut seconds = None;
        for _ in 0..6 {
            let mut eta = cache.take(ours, done, now);
            for _ in 0..2 {
                now += SECOND;
                done += 10;
                eta.record(now, 10);
                seconds = eta.seconds_left(now, 1_000);
            }
            cache.put(ours, done, eta, now);
            now += 3 * SECOND;
        }
        let seconds = seconds.unwrap();
        assert!((210..=290).contains(&seconds), "four a second: {seconds}");
        cache.put(theirs, 7, EtaEstimator::new(now), now);
        assert_eq!(cache.take(ours, done + 1, now).seconds_left(now, 1_000), None, "another worker has had the job");
        cache.put(ours, done, EtaEstimator::new(now), now + 2 * STALE_AFTER);
        assert_eq!(cache.lock().len(), 1, "old estimators are dropped");
    }

    proptest! {
        /// The source may answer one at a time or fifty; the estimate is right to within a fifth.
        #[test]
        fn estimate_of_a_steady_rate_counts_down(each in 1u32..60, gap_ms in 60u64..7_000) {
            let (gap, total) = (Duration::from_millis(gap_ms), 100 * each);
            let mut before = u32::MAX;
            for (left, seconds) in announcements(total, each, gap) {
                let Some(seconds) = seconds else { continue };
                let real = f64::from(left) * gap.as_secs_f64() / f64::from(each);
                prop_assert!((f64::from(seconds) - real).abs() <= 1.0 + tolerance(real) * 2.0, "{} for {}", seconds, real);
                prop_assert!(seconds <= before, "{} after {}", seconds, before);
                before = seconds;
            }
        }

        /// For any times of results, the countdown is only left if the rate's estimate is outside its tolerance.
        #[test]
        fn estimate_does_not_jump_while_the_rate_agrees_with_it(results in proptest::collection::vec((0u64..5_000, 1u32..60), 1..200)) {
            let mut now = Instant::now();
            let mut eta = EtaEstimator::new(now);
            let mut left: u32 = results.iter().map(|(_, count)| count).sum();
            let mut before: Option<(Instant, f64)> = None;
            for (gap, count) in results {
                now += Duration::from_millis(gap);
                left -= count;
                eta.record(now, count);
                let Some(seconds) = eta.seconds_left(now, left) else { continue };
                let estimate = eta.estimate(now, left).unwrap();
                if let Some((at, announced)) = before {
                    let expected = announced - now.duration_since(at).as_secs_f64();
                    let counted = (f64::from(seconds) - expected.max(1.0)).abs() <= 1.0;
                    prop_assert!(counted || (estimate - expected).abs() > tolerance(estimate), "{} where {} was expected and {} estimated", seconds, expected, estimate);
                }
                prop_assert!((f64::from(seconds) - estimate).abs() <= tolerance(estimate) + 1.0);
                before = eta.announced;
            }
        }
    }
}
