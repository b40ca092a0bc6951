//! Parses the times at which videos were added to a list.

use app::wire::Timestamp;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// Times outside are taken for errors of the file: from just after 1970, the value of an unset clock, to 2200.
const PLAUSIBLE_MICROS: std::ops::Range<i64> = 1..7_258_118_400_000_000;
/// A number from here on is milliseconds: as seconds it would be the year 5138.
const MIN_MILLISECONDS: i64 = 100_000_000_000;

/// RFC 3339 with any offset, or `2023-03-07 05:54:43` with or without ` UTC`, which is UTC.
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) || text.len() < 16 {
        return None;
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return if_plausible(time.timestamp_micros());
    }
    let naive = text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")).unwrap_or(text).trim_end();
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(naive, format).ok())
        .and_then(|time| if_plausible(time.and_utc().timestamp_micros()))
}

/// Also a date, or seconds or milliseconds since 1970: only safe in a column that is known to hold times.
pub(crate) fn parse_time_or_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        let factor = if number >= MIN_MILLISECONDS { 1_000 } else { 1_000_000 };
        return number.checked_mul(factor).and_then(if_plausible);
    }
    let date =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| if_plausible(date.and_time(NaiveTime::MIN).and_utc().timestamp_micros()));
    parse_time(text).or_else(date)
}

fn if_plausible(micros: i64) -> Option<Timestamp> {
    PLAUSIBLE_MICROS.contains(&micros).then(|| Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn written_times_are_parsed_and_implausible_ones_dropped() {
        let expected = at("2023-03-07T05:54:43Z");
        for text in [
            "2023-03-07 05:54:43 UTC",
            "2023-03-07T05:54:43+00:00",
            "2023-03-07T07:54:43+02:00",
            "2023-03-07 05:54:43",
            " 2023-03-07T05:54:43Z ",
            "2023-03-07T05:54:43.000Z",
        ] {
            assert_eq!(parse_time(text), expected, "{text}");
        }
        for text in [
            "",
            "2023-03-07",
            "1678168483",
            "yesterday at noon",
            "2023-13-07 05:54:43 UTC",
            "0000-01-01 00:00:00 UTC",
            "9999-01-01 00:00:00 UTC",
            "Video 1",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn dates_and_epochs_are_parsed_in_a_column_of_times() {
        assert_eq!(parse_time_or_date("1678168483"), at("2023-03-07T05:54:43Z"));
        assert_eq!(parse_time_or_date("1678168483000"), at("2023-03-07T05:54:43Z"));
        assert_eq!(parse_time_or_date("2023-03-07"), at("2023-03-07T00:00:00Z"));
        assert_eq!(parse_time_or_date("99999999999999999999"), None);
        assert_eq!(parse_time_or_date("7"), None);
    }

    proptest! {
        #[test]
        fn parsing_a_time_never_panics(text in ".{0,40}", digits in "[0-9 :TZ+-]{0,40}") {
            parse_time_or_date(&text);
            parse_time_or_date(&digits);
        }
    }
}
