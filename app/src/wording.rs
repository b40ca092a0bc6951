//! How things are said: dates, lengths, times to the end, document titles, problems. Pure; the same on the server and in the browser.

use crate::{
    progress::Board,
    wire::{FailureCause, ItemOutcome, ProgressUpdate, Timestamp, Verdict, VideoReason, VideoStatus},
};

mod device;
mod problems;

pub use device::device;
pub use problems::{done, sentence, way_on};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `25 Feb 2026`, in UTC.
pub fn date(at: Timestamp) -> String {
    let (year, month, day) = at.date();
    let month = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
    format!("{day} {month} {year}")
}

/// `25 Feb 2026, 14:32 UTC`.
pub fn date_time(at: Timestamp) -> String {
    format!("{}, {}", date(at), time(at))
}

/// `14:32 UTC`.
pub fn time(at: Timestamp) -> String {
    let (hour, minute, _) = at.time();
    format!("{hour:02}:{minute:02} UTC")
}

/// A video's length: `9:41`, `1:02:03`.
pub fn length(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{rest:02}") } else { format!("{hours}:{minutes:02}:{rest:02}") }
}

/// `1 video`, `40 videos`.
pub fn count(n: u32, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// A character without a shape that turns the text around it, with which a name can pretend to be another: marks, embeddings, overrides and
/// isolates (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>).
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Time to the end in steps as coarse as the guess: `about 40 s left`. Rounded up, so that it is rather early than late.
pub fn time_left(seconds: u32) -> String {
    match seconds {
        0..10 => "a few seconds left".to_owned(),
        10..=50 => format!("about {} s left", seconds.div_ceil(10) * 10),
        51..3600 => format!("about {} min left", seconds.div_ceil(60)),
        _ => format!("about {} h left", seconds.div_ceil(3600)),
    }
}

/// What is known of a running job's end: the time left, or when its source is asked again.
pub fn outlook(state: &ProgressUpdate) -> Option<String> {
    if state.status.is_terminal() {
        return None;
    }
    match (state.retry_at, state.eta_seconds) {
        (Some(at), _) => Some(format!("next try {}", time(at))),
        (None, Some(seconds)) => Some(time_left(seconds)),
        (None, None) => None,
    }
}

/// How fast a job goes: `8 videos/s`, `40 videos/min`.
pub fn rate(per_minute: u32) -> String {
    if per_minute >= 120 { format!("{} videos/s", (per_minute + 30) / 60) } else { format!("{} videos/min", per_minute.max(1)) }
}

/// How long something took: `8 s`, `4 min 10 s`, `2 h 5 min`.
pub fn duration(seconds: u32) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// When the source is asked again, counted down: `next try in 42 s`.
pub fn countdown(at: Timestamp, now_ms: u64) -> String {
    let left = u64::try_from(at.micros() / 1000).unwrap_or(0).saturating_sub(now_ms).div_ceil(1000);
    if left == 0 { "next try any moment".to_owned() } else { format!("next try in {}", duration(u32::try_from(left).unwrap_or(u32::MAX))) }
}

/// What a video's row says of its state.
pub const fn video_status(status: VideoStatus) -> &'static str {
    match status {
        VideoStatus::Pending => "Pending",
        VideoStatus::Ok => "Ready",
        VideoStatus::Unavailable => "Unavailable",
        VideoStatus::Failed => "Failed",
    }
}

/// Why a video that is there has no title.
pub const fn video_reason(reason: VideoReason) -> &'static str {
    match reason {
        VideoReason::EmbeddingDisabled => "YouTube tells no title: the owner has switched off embedding on other sites.",
    }
}

/// What the receipt says of a line.
pub const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "New",
        Verdict::Duplicate => "Already there",
        Verdict::Rejected => "Rejected",
    }
}

/// What the receipt says of an accepted line's end.
pub const fn outcome(outcome: ItemOutcome) -> &'static str {
    match outcome {
        ItemOutcome::Succeeded => "Succeeded",
        ItemOutcome::Failed => "Failed",
        ItemOutcome::Cancelled => "Not tried",
    }
}

/// A cause in a word or two.
pub const fn cause(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Unavailable => "unavailable",
        FailureCause::InvalidId => "not an id",
        FailureCause::RateLimited => "rate limited",
        FailureCause::Network => "no connection",
        FailureCause::SourceError => "source error",
    }
}

/// The same behind a number: `37 rate-limited`.
pub const fn cause_of(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Unavailable => "unavailable",
        FailureCause::InvalidId => "that are no ids",
        FailureCause::RateLimited => "rate-limited",
        FailureCause::Network => "without connection",
        FailureCause::SourceError => "with source errors",
    }
}

/// Percent over all jobs that have not ended; `None` where there is none.
pub fn running(board: &Board) -> Option<u8> {
    let jobs = board.jobs();
    let states = jobs.iter().filter_map(|id| board.card(*id)).map(|card| &card.state).filter(|state| !state.status.is_terminal());
    let (done, total) = states.fold((0, 0), |(done, total), state| (done + state.current_video, total + state.total_videos));
    (total > 0).then(|| crate::wire::percent(done, total))
}

/// `Cooking – Playmarks`.
pub fn document_title(page: &str) -> String {
    if page.is_empty() { "Playmarks".to_owned() } else { format!("{page} – Playmarks") }
}

/// What stands before a document's title while jobs run: `62 % · `.
pub fn title_progress(percent: u8) -> String {
    format!("{percent} % · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times() {
        let at: Timestamp = "2026-02-25T23:07:59.5Z".parse().unwrap();
        assert_eq!(date(at), "25 Feb 2026");
        assert_eq!(date_time(at), "25 Feb 2026, 23:07 UTC");
        assert_eq!(date("2026-12-01T00:00:00Z".parse().unwrap()), "1 Dec 2026");
    }

    #[test]
    fn lengths() {
        assert_eq!([0, 59, 581, 3600, 3723].map(length), ["0:00", "0:59", "9:41", "1:00:00", "1:02:03"]);
    }

    #[test]
    fn time_left_is_coarse_and_never_zero() {
        let cases = [
            (0, "a few seconds left"),
            (10, "about 10 s left"),
            (41, "about 50 s left"),
            (51, "about 1 min left"),
            (61, "about 2 min left"),
            (3599, "about 60 min left"),
            (3601, "about 2 h left"),
        ];
        for (seconds, text) in cases {
            assert_eq!(time_left(seconds), text);
        }
    }

    #[test]
    fn rates_durations_and_countdowns() {
        assert_eq!([0, 40, 119, 120, 480].map(rate), ["1 videos/min", "40 videos/min", "119 videos/min", "2 videos/s", "8 videos/s"]);
        assert_eq!([8, 250, 7500].map(duration), ["8 s", "4 min 10 s", "2 h 5 min"]);
        let at = Timestamp::from_micros(100_000_000);
        assert_eq!(
            [0, 57_001, 99_999, 100_000, 200_000].map(|now| countdown(at, now)),
            ["next try in 1 min 40 s", "next try in 43 s", "next try in 1 s", "next try any moment", "next try any moment"]
        );
    }

    #[test]
    fn titles() {
        assert_eq!(title_progress(62) + &document_title("Cooking"), "62 % · Cooking – Playmarks");
        assert_eq!(document_title(""), "Playmarks");
    }
}
