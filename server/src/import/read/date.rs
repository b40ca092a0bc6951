//! When a video was added to its list, as exports write it.

use app::wire::Timestamp;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// Times outside of this are an error of the file: from 1970, where an unset clock stands, to 2200, in microseconds.
const PLAUSIBLE: std::ops::Range<i64> = 1..7_258_118_400_000_000;
/// From here on a bare number is milliseconds: as seconds it would be the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// A written-out time: RFC 3339 with any offset, or `2023-03-07 05:54:43` with or without ` UTC`, which is UTC.
pub(crate) fn written(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.as_bytes().first().is_some_and(u8::is_ascii_digit) || text.len() < 16 {
        return None;
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return plausible(time.timestamp_micros());
    }
    let naive = text.strip_suffix("UTC").or_else(|| text.strip_suffix("GMT")).unwrap_or(text).trim_end();
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(naive, format).ok())
        .and_then(|time| plausible(time.and_utc().timestamp_micros()))
}

/// What a column that is known to hold times may hold besides: a date, or seconds or milliseconds since 1970.
pub(crate) fn lenient(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        let factor = if number >= MILLISECONDS_FROM { 1_000 } else { 1_000_000 };
        return number.checked_mul(factor).and_then(plausible);
    }
    let date =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| plausible(date.and_time(NaiveTime::MIN).and_utc().timestamp_micros()));
    written(text).or_else(date)
}

fn plausible(micros: i64) -> Option<Timestamp> {
    PLAUSIBLE.contains(&micros).then(|| Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Option<Timestamp> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn written_times() {
        let expected = at("2023-03-07T05:54:43Z");
        for text in [
            "2023-03-07 05:54:43 UTC",
            "2023-03-07T05:54:43+00:00",
            "2023-03-07T07:54:43+02:00",
            "2023-03-07 05:54:43",
            " 2023-03-07T05:54:43Z ",
            "2023-03-07T05:54:43.000Z",
        ] {
            assert_eq!(written(text), expected, "{text}");
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
            assert_eq!(written(text), None, "{text}");
        }
    }

    #[test]
    fn other_times_where_a_column_says_so() {
        assert_eq!(lenient("1678168483"), at("2023-03-07T05:54:43Z"));
        assert_eq!(lenient("1678168483000"), at("2023-03-07T05:54:43Z"));
        assert_eq!(lenient("2023-03-07"), at("2023-03-07T00:00:00Z"));
        assert_eq!(lenient("99999999999999999999"), None);
        assert_eq!(lenient("7"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}", digits in "[0-9 :TZ+-]{0,40}") {
            lenient(&text);
            lenient(&digits);
        }
    }
}
