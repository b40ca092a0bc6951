//! Times as the Data API means them: durations in ISO 8601, and a quota that comes back at midnight Pacific time.

use std::time::Duration;

use jiff::{SpanRelativeTo, Timestamp, fmt::temporal::SpanParser, tz::TimeZone};

/// With its rules for summer time; the only zone that is in the binary.
static PACIFIC: TimeZone = jiff::tz::get!("America/Los_Angeles");

/// Seconds of `PT1H2M3S` or `P1DT2H`. `None` where the text is no such duration, or is zero, which is what a broadcast that has not
/// ended says.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let span = SpanParser::new().parse_span(text).ok()?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    u32::try_from(duration.as_secs()).ok().filter(|seconds| *seconds > 0)
}

/// From `now` to the next midnight: from a moment to 25 hours.
pub(in crate::metadata) fn until_midnight_pacific(now: Timestamp) -> Duration {
    let now = now.to_zoned_datetime(PACIFIC.clone());
    let midnight = now.tomorrow().and_then(|tomorrow| tomorrow.start_of_day());
    midnight.ok().and_then(|midnight| now.duration_until(&midnight).try_into().ok()).unwrap_or(Duration::from_secs(86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_seconds() {
        let cases = [("PT4M13S", 253), ("PT1H2M3S", 3_723), ("PT45S", 45), ("P1DT2H", 93_600), ("P1W", 604_800), ("PT10H", 36_000)];
        for (text, expected) in cases {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "P0D", "PT0S", "PT", "P", "4M13S", "PT4X", "PT13S4M", "PT-4M", "-PT4M", "P1Y", "PT99999999999S", "P999999999W"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn quota_comes_back_at_midnight_in_california() {
        for (now, hours) in [
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
            let pause = until_midnight_pacific(now.parse().unwrap()).as_secs_f64() / 3600.0;
            assert!((pause - hours).abs() < 1e-9, "{now}: {pause}");
        }
    }
}
