//! Parses the times at which videos were added to a list.

use app::wire::Timestamp;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// When a video was added, as a file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Added {
    /// It says nothing.
    #[default]
    Unknown,
    At(Timestamp),
    /// It says something that is no date, or one that cannot be right: before YouTube, or in the future.
    Implausible,
}

impl Added {
    pub(crate) fn timestamp(self) -> Option<Timestamp> {
        if let Self::At(time) = self { Some(time) } else { None }
    }

    /// This one, or the other where it says nothing.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == Self::Unknown { other } else { self }
    }
}

/// 2005-01-01: YouTube began that year.
const EARLIEST_MICROS: i64 = 1_104_537_600_000_000;
/// Clocks are wrong, and files say no zone.
const MAX_AHEAD: TimeDelta = TimeDelta::days(2);
/// From 1601-01-01, where WebKit's clock begins, to 1970, in microseconds.
const WEBKIT_OFFSET_MICROS: i64 = 11_644_473_600_000_000;
/// ISO 8601, and with points, which are written only behind the day.
const LOCAL_FORMATS: [&str; 14] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y%m%dT%H%M%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%B %d, %Y %I:%M %p",
    "%B %d, %Y %H:%M",
    "%B %d, %Y at %I:%M %p",
    "%d %B %Y %H:%M",
    "%d %B %Y %I:%M %p",
];
/// The name of a month may be short.
const DAY_FORMATS: [&str; 6] = ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%B %d, %Y", "%d %B %Y"];
/// With slashes either may be first.
const SLASH_FORMATS: [&str; 2] = ["%m/%d/%Y", "%d/%m/%Y"];
const CLOCK_FORMATS: [&str; 4] = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p"];
const OFFSET_FORMATS: [&str; 4] = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"];

/// Whether this is a time of day on a date, plausible or not: RFC 3339 with any offset, or `2023-03-07 05:54:43` with or without ` UTC`.
pub(crate) fn is_time(text: &str) -> bool {
    parse_time(text.trim()).is_some()
}

/// The value of a field that is known to hold times: also a date alone, or seconds, milliseconds or microseconds since 1970, or Chrome's
/// microseconds since 1601. Without a zone it is UTC.
pub(crate) fn parse_added(text: &str) -> Added {
    let text = text.trim();
    // `null` in JSON, and the zero of an unset clock.
    if text.bytes().all(|b| matches!(b, b'0' | b'.' | b'-'))
        || ["null", "none", "nil", "n/a", "false"].iter().any(|word| text.eq_ignore_ascii_case(word))
    {
        return Added::Unknown;
    }
    let micros = epoch(text).or_else(|| parse_time(text)).or_else(|| parse_day(text));
    micros.and_then(if_plausible).map_or(Added::Implausible, Added::At)
}

/// Whether this is a day, or a time as in [`is_time`].
pub(crate) fn is_day_or_time(text: &str) -> bool {
    is_time(text) || parse_day(text.trim()).is_some()
}

/// The beginning of a day.
fn parse_day(text: &str) -> Option<i64> {
    if text.len() < 8 || text.len() > 40 {
        return None;
    }
    let named = DAY_FORMATS.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok());
    let time = named.map(|day| day.and_time(NaiveTime::MIN)).or_else(|| with_slashes(text))?;
    Some(time.and_utc().timestamp_micros())
}

/// `4/15/2022`, `4/15/2022 10:00 AM`, where it can be one day only.
fn with_slashes(text: &str) -> Option<NaiveDateTime> {
    let (day, clock) = text.split_once(' ').map_or((text, None), |(day, clock)| (day.trim_end_matches(','), Some(clock)));
    let year = day.rsplit('/').next().filter(|year| year.len() == 4);
    let mut days = SLASH_FORMATS.iter().filter_map(|format| NaiveDate::parse_from_str(day, format).ok()).filter(|_| year.is_some());
    let (first, second) = (days.next()?, days.next());
    let clock = match clock {
        Some(clock) => CLOCK_FORMATS.iter().find_map(|format| NaiveTime::parse_from_str(clock, format).ok())?,
        None => NaiveTime::MIN,
    };
    second.is_none_or(|second| second == first).then(|| first.and_time(clock))
}

/// Microseconds since 1970. UTC where there is no zone.
fn parse_time(text: &str) -> Option<i64> {
    if text.len() < 15 || text.len() > 64 {
        return None;
    }
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        // `Tue, 07 Mar 2023 05:06:08 +0000`, or without a comma and with the year at the end, as Twitter writes it.
        let time = DateTime::parse_from_rfc2822(text).or_else(|_| DateTime::parse_from_str(text, "%a %b %d %H:%M:%S %z %Y"));
        let local = || LOCAL_FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok()).map(|time| time.and_utc());
        return time.ok().map(|time| time.timestamp_micros()).or_else(|| local().map(|time| time.timestamp_micros()));
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_micros());
    }
    let naive = ["UTC", "GMT", "Z"].iter().find_map(|zone| text.strip_suffix(zone)).unwrap_or(text).trim_end();
    let local =
        LOCAL_FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(naive, format).ok()).map(|time| time.and_utc().timestamp_micros());
    local.or_else(|| OFFSET_FORMATS.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()).map(|time| time.timestamp_micros()))
}

/// A number of at least nine digits; its size tells the unit.
fn epoch(text: &str) -> Option<i64> {
    let whole = text.split_once('.').map_or(text, |(whole, fraction)| if fraction.bytes().all(|b| b.is_ascii_digit()) { whole } else { text });
    if whole.len() < 9 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        ..=11 => number.checked_mul(1_000_000),
        12..=14 => number.checked_mul(1_000),
        15..=16 => Some(number),
        17 => number.checked_sub(WEBKIT_OFFSET_MICROS),
        _ => Some(number / 1_000),
    }
}

fn if_plausible(micros: i64) -> Option<Timestamp> {
    let latest = (Utc::now() + MAX_AHEAD).timestamp_micros();
    (EARLIEST_MICROS..latest).contains(&micros).then(|| Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Added {
        Added::At(text.parse().unwrap())
    }

    #[test]
    fn time_is_read_in_every_notation() {
        for text in [
            "2023-03-07 05:54:43 UTC",
            "2023-03-07T05:54:43+00:00",
            "2023-03-07T07:54:43+02:00",
            "2023-03-06T19:54:43-1000",
            "2023-03-07 05:54:43",
            " 2023-03-07T05:54:43Z ",
            "2023-03-07T05:54:43.000Z",
            "2023-03-07 11:24:43 +0530",
            "2023-03-07 05:54:43.000000+00",
            "Tue, 07 Mar 2023 05:54:43 +0000",
            "1678168483",
            "1678168483.25",
            "1678168483000",
            "1678168483000000",
            "13322642083000000",
            "1678168483000000000",
        ] {
            assert_eq!(parse_added(text), at("2023-03-07T05:54:43Z"), "{text}");
        }
        assert_eq!(parse_added("2023-03-07"), at("2023-03-07T00:00:00Z"));
    }

    #[test]
    fn day_is_read_where_it_can_be_only_one() {
        for text in [
            "15.04.2022",
            "2022/04/15",
            "20220415",
            "April 15, 2022",
            "Apr 15, 2022",
            "15 April 2022",
            "4/15/2022",
            "15/04/2022",
            "April 15, 2022 12:00 AM",
            "4/15/2022, 12:00:00 AM",
        ] {
            assert_eq!(parse_added(text), at("2022-04-15T00:00:00Z"), "{text}");
        }
        assert_eq!(parse_added("January 2, 2024 10:00 PM"), at("2024-01-02T22:00:00Z"));
        assert_eq!(parse_added("4/4/2022 5:06 PM"), at("2022-04-04T17:06:00Z"));
        for text in ["4/5/2022", "4/15/22", "15.15.2022", "20221315", "04-15-2022"] {
            assert_eq!(parse_added(text), Added::Implausible, "{text}");
        }
    }

    #[test]
    fn implausible_time_is_told_from_none() {
        for text in ["", "0", "null", "0.0", "None"] {
            assert_eq!(parse_added(text), Added::Unknown, "{text}");
        }
        for text in [
            "7",
            "1",
            "yesterday at noon",
            "2023-13-07 05:54:43 UTC",
            "0000-01-01 00:00:00 UTC",
            "1970-01-01T00:00:01Z",
            "2004-12-31T23:59:59Z",
            "9999-01-01 00:00:00 UTC",
            "99999999999999999999",
            "07/03/2023",
        ] {
            assert_eq!(parse_added(text), Added::Implausible, "{text}");
        }
    }

    #[test]
    fn time_is_recognised_in_a_column_without_a_name() {
        for text in ["2023-03-07 05:54:43 UTC", "2023-03-07T05:54:43+00:00", "9999-01-01 00:00:00 UTC"] {
            assert!(is_time(text), "{text}");
        }
        for text in ["", "2023-03-07", "1678168483", "yesterday at noon", "2023-13-07 05:54:43 UTC", "Video 1"] {
            assert!(!is_time(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_a_time_never_panics(text in ".{0,40}", digits in "[0-9 :TZ+.-]{0,40}") {
            parse_added(&text);
            parse_added(&digits);
        }
    }
}
