//! Texts that only pages use, and no island.

use super::{count, strip_bidi_controls};

/// `9:41`, `1:02:03`.
pub(crate) fn length(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{rest:02}") } else { format!("{hours}:{minutes:02}:{rest:02}") }
}

/// `8 videos/s`, `40 videos/min`.
pub(crate) fn rate(per_minute: u32) -> String {
    if per_minute >= 120 { format!("{} videos/s", (per_minute + 30) / 60) } else { format!("{}/min", count(per_minute.max(1), "video")) }
}

/// `Cooking – Playmarks`, without bidi controls, which nothing isolates in a title.
pub(crate) fn document_title(page: &str) -> String {
    if page.is_empty() { "Playmarks".to_owned() } else { format!("{} – Playmarks", strip_bidi_controls(page)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_of_a_document_has_no_bidi_controls() {
        assert_eq!(document_title("a\u{202e}gpj.exe"), "agpj.exe – Playmarks");
    }

    #[test]
    fn length_shows_hours_only_if_there_are_any() {
        assert_eq!([0, 59, 581, 3600, 3723].map(length), ["0:00", "0:59", "9:41", "1:00:00", "1:02:03"]);
    }

    #[test]
    fn rate_is_per_second_from_two_a_second_on() {
        assert_eq!([0, 40, 119, 120, 480].map(rate), ["1 video/min", "40 videos/min", "119 videos/min", "2 videos/s", "8 videos/s"]);
    }
}
