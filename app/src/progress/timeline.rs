//! A job's timeline as SVG paths: finished videos over time, failures, waits for the source.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::wire::{JobStatus, ProgressUpdate, Timestamp};

const SIDE: i64 = 1000;

/// SVG paths in a square of 1000 units: time to the right, videos upwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// Finished videos, from the lower left corner.
    pub line: String,
    /// A tick at the bottom for each failure.
    pub failures: String,
    /// A block for each wait.
    pub waits: String,
    /// From the first event to the last, in whole seconds.
    pub seconds: u32,
    /// Videos per minute, not counting waits; absent if there is too little data.
    pub per_minute: Option<u32>,
}

impl Timeline {
    /// `history` is oldest first.
    pub fn from_history(history: &[ProgressUpdate]) -> Self {
        let events: Vec<(Timestamp, &ProgressUpdate)> = history.iter().filter_map(|event| Some((event.created_at?, event))).collect();
        let (Some((from, _)), Some((to, last))) = (events.first().copied(), events.last().copied()) else { return Self::default() };
        let span = (to.micros() - from.micros()).max(1);
        let x = |at: Timestamp| (at.micros() - from.micros()) * SIDE / span;
        let y = |event: &ProgressUpdate| SIDE - i64::from(event.current_video) * SIDE / i64::from(event.total_videos.max(1));

        let mut timeline = Self { line: format!("M0 {SIDE}"), seconds: seconds(span), ..Self::default() };
        let mut drawn = (0, SIDE);
        let mut ticked = None;
        let mut waited = 0;
        for (at, (time, event)) in events.iter().enumerate() {
            let point = (x(*time), y(event));
            if point != drawn {
                // Writing to a String cannot fail.
                let _ = write!(timeline.line, "L{} {}", point.0, point.1);
                drawn = point;
            }
            if event.error.is_some() && !event.status.is_terminal() && ticked != Some(point.0) {
                let _ = write!(timeline.failures, "M{0} {SIDE}V{1}", point.0, SIDE - SIDE / 8);
                ticked = Some(point.0);
            }
            if let (Some(_), Some((until, _))) = (event.retry_at, events.get(at + 1)) {
                let _ = write!(timeline.waits, "M{} 0H{}V{SIDE}H{}Z", point.0, x(*until), point.0);
                waited += until.micros() - time.micros();
            }
        }
        timeline.per_minute = per_minute(last, span - waited);
        timeline
    }
}

/// Microseconds to seconds, rounded up.
fn seconds(micros: i64) -> u32 {
    u32::try_from((micros + 999_999) / 1_000_000).unwrap_or(u32::MAX)
}

/// Below two seconds or five videos a rate would be meaningless.
fn per_minute(last: &ProgressUpdate, micros: i64) -> Option<u32> {
    let enough = last.current_video >= 5 && micros >= 2_000_000 && last.status != JobStatus::Pending;
    enough.then(|| u32::try_from(i64::from(last.current_video) * 60_000_000 / micros).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(second: i64, done: u32, error: bool, waiting: bool) -> ProgressUpdate {
        let at = Timestamp::from_micros(second * 1_000_000);
        ProgressUpdate {
            created_at: Some(at),
            error: error.then(|| "Video is private".to_owned()),
            retry_at: waiting.then_some(at),
            ..ProgressUpdate::core(uuid::Uuid::nil(), JobStatus::Processing, 0, done, 10, "")
        }
    }

    #[test]
    fn timeline_without_events_is_empty() {
        assert_eq!(Timeline::from_history(&[]), Timeline::default());
        assert_eq!(Timeline::from_history(&[event(7, 0, false, false)]).line, "M0 1000");
    }

    #[test]
    fn timeline_shows_progress_failures_and_waits() {
        let history = [
            event(0, 0, false, false),
            event(10, 5, true, false),
            event(20, 5, false, true),
            event(90, 5, false, false),
            event(100, 10, false, false),
        ];
        let timeline = Timeline::from_history(&history);
        assert_eq!(timeline.line, "M0 1000L100 500L200 500L900 500L1000 0");
        assert_eq!(timeline.failures, "M100 1000V875");
        assert_eq!(timeline.waits, "M200 0H900V1000H200Z");
        assert_eq!((timeline.seconds, timeline.per_minute), (100, Some(20)), "ten videos in the thirty seconds without the wait");
    }

    #[test]
    fn rate_is_absent_for_too_little_data() {
        assert_eq!(Timeline::from_history(&[event(0, 0, false, false), event(1, 9, false, false)]).per_minute, None);
        assert_eq!(Timeline::from_history(&[event(0, 0, false, false), event(60, 4, false, false)]).per_minute, None);
    }

    proptest! {
        #[test]
        fn timeline_stays_within_its_square(steps in proptest::collection::vec((0i64..1_000_000, 0u32..30, any::<bool>(), any::<bool>()), 0..60)) {
            let (mut second, mut history) = (0, Vec::new());
            for (pause, done, error, waiting) in steps {
                second += pause;
                history.push(event(second, done.min(10), error, waiting));
            }
            let timeline = Timeline::from_history(&history);
            for path in [&timeline.line, &timeline.failures, &timeline.waits] {
                for number in path.split(|c: char| c.is_ascii_alphabetic() || c == ' ').filter(|number| !number.is_empty()) {
                    prop_assert!((0..=SIDE).contains(&number.parse().unwrap()), "{}", path);
                }
            }
        }
    }
}
