//! When a used-up quota of the Data API comes back: at midnight Pacific time, by its documentation.
//! Reckoned here, because nothing else in Playmarks needs a table of time zones.

use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

/// California's midnight in UTC, in winter and in summer.
const WINTER_HOURS: i64 = 8;
const SUMMER_HOURS: i64 = 7;

/// From `now` to California's next midnight: from a moment to 25 hours.
pub(super) fn until_midnight_pacific(now: DateTime<Utc>) -> Duration {
    // Its date there is today's in UTC, or yesterday's.
    let today = now.date_naive();
    let days = [today, today.checked_add_days(Days::new(1)).unwrap_or(today)];
    let next = days.into_iter().map(midnight).find(|midnight| *midnight > now);
    next.and_then(|midnight| (midnight - now).to_std().ok()).unwrap_or(Duration::from_secs(86_400))
}

/// The beginning of a day in California.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    let hours = if is_summer_at_midnight(day) { SUMMER_HOURS } else { WINTER_HOURS };
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(hours)
}

/// Summer time begins and ends at two in the morning: on the second Sunday in March, and the first in November (15 U.S.C. 260a).
fn is_summer_at_midnight(day: NaiveDate) -> bool {
    let sunday = |month, n| NaiveDate::from_weekday_of_month_opt(day.year(), month, Weekday::Sun, n);
    sunday(3, 2).is_some_and(|begin| day > begin) && sunday(11, 1).is_some_and(|end| day <= end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(now: &str) -> f64 {
        until_midnight_pacific(now.parse().unwrap()).as_secs_f64() / 3600.0
    }

    #[test]
    fn midnights() {
        for (now, expected) in [
            ("2026-01-15T07:00:00Z", 1.0),
            ("2026-01-15T08:00:00Z", 24.0),
            ("2026-07-15T06:30:00Z", 0.5),
            ("2026-07-15T23:00:00Z", 8.0),
            // The night of the eighth of March 2026 has 23 hours, that of the first of November 25.
            ("2026-03-08T08:00:00Z", 23.0),
            ("2026-03-08T07:59:00Z", 1.0 / 60.0),
            ("2026-11-01T07:00:00Z", 25.0),
            ("2026-11-02T08:00:00Z", 24.0),
            ("2026-12-31T20:00:00Z", 12.0),
        ] {
            assert!((hours(now) - expected).abs() < 1e-9, "{now}: {}", hours(now));
        }
    }

    proptest! {
        #[test]
        fn never_now_and_never_beyond_a_day(seconds in 0i64..4_000_000_000) {
            let pause = until_midnight_pacific(DateTime::from_timestamp(seconds, 0).unwrap());
            prop_assert!(!pause.is_zero() && pause <= Duration::from_secs(25 * 3600));
        }
    }
}
