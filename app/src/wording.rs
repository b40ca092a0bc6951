//! Dates, durations, statuses and problems as text. Pure; the same on the server and in the browser.

use std::borrow::Cow;

use crate::{
    progress::Board,
    wire::{ProgressUpdate, Timestamp, WaitingReason},
};

#[cfg(not(feature = "hydrate"))]
mod device;
#[cfg(not(feature = "hydrate"))]
mod pages;
#[cfg(not(feature = "hydrate"))]
mod problems;
#[cfg(not(feature = "hydrate"))]
mod statuses;

#[cfg(not(feature = "hydrate"))]
pub use problems::next_step_link;
#[cfg(not(feature = "hydrate"))]
pub(crate) use {
    device::device,
    pages::{document_title, length, rate},
    problems::{done, sentence},
    statuses::{cause, cause_phrase, item_reason, line_tone, line_verdict, outcome, video_reason, video_sort, video_status, video_tone},
};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `1 video`, `40 videos`.
pub fn count(n: u32, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `25 Feb 2026`, in UTC.
pub(crate) fn date(at: Timestamp) -> String {
    let (year, month, day) = at.date();
    let month = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
    format!("{day} {month} {year}")
}

/// `25 Feb 2026, 14:32 UTC`.
pub(crate) fn date_time(at: Timestamp) -> String {
    format!("{}, {}", date(at), time(at))
}

/// `14:32 UTC`.
pub(crate) fn time(at: Timestamp) -> String {
    let (hour, minute, _) = at.time();
    format!("{hour:02}:{minute:02} UTC")
}

/// An invisible character that changes the direction of text, with which a name can be made to look like another: marks, embeddings,
/// overrides and isolates (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>).
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text without [bidi controls](is_bidi_control), for where it cannot be isolated (`<bdi>`): titles, attributes, files, logs.
pub fn strip_bidi_controls(text: &str) -> Cow<'_, str> {
    if text.contains(is_bidi_control) { text.chars().filter(|&c| !is_bidi_control(c)).collect::<String>().into() } else { text.into() }
}

/// The estimated time in coarse steps, rounded up: `about 40 s left`.
pub(crate) fn time_left(seconds: u32) -> String {
    match seconds {
        0..10 => "a few seconds left".to_owned(),
        10..=50 => format!("about {} s left", seconds.div_ceil(10) * 10),
        51..3600 => format!("about {} min left", seconds.div_ceil(60)),
        _ => format!("about {} h left", seconds.div_ceil(3600)),
    }
}

/// The estimated time of a running job, or when it retries its source.
pub(crate) fn eta_label(state: &ProgressUpdate) -> Option<String> {
    if state.status.is_terminal() {
        return None;
    }
    match (state.retry_at, state.waiting_reason, state.eta_seconds) {
        // Already part of the message.
        (Some(_), Some(WaitingReason::Quota), _) => None,
        (Some(at), ..) => Some(format!("next try {}", time(at))),
        (None, Some(WaitingReason::NoNews), _) => Some("no news for a while".to_owned()),
        (None, Some(_), _) => Some("waiting".to_owned()),
        (None, None, Some(seconds)) => Some(time_left(seconds)),
        (None, None, None) => None,
    }
}

/// The job's message; for a quota, with the time until which it waits. `local_time` is `retry_at` by the viewer's clock, once that is known.
pub(crate) fn message(state: &ProgressUpdate, local_time: Option<&str>) -> String {
    match (state.retry_at, state.waiting_reason) {
        (Some(at), Some(WaitingReason::Quota)) if !state.status.is_terminal() => {
            let until = local_time.map_or_else(|| time(at), ToOwned::to_owned);
            format!("Waiting for YouTube's quota until {until}")
        }
        _ => state.message.clone(),
    }
}

/// `8 s`, `4 min 10 s`, `2 h 5 min`.
pub(crate) fn duration(seconds: u32) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Counts down to the next request to the source: `next try in 42 s`.
pub(crate) fn countdown(at: Timestamp, now_ms: u64) -> String {
    let left = u64::try_from(at.micros() / 1000).unwrap_or(0).saturating_sub(now_ms).div_ceil(1000);
    if left == 0 { "next try any moment".to_owned() } else { format!("next try in {}", duration(u32::try_from(left).unwrap_or(u32::MAX))) }
}

/// Percent over all running jobs; `None` if there are none.
pub(crate) fn running(board: &Board) -> Option<u8> {
    let jobs = board.jobs();
    let states = jobs.iter().filter_map(|id| board.card(*id)).map(|card| &card.state).filter(|state| !state.status.is_terminal());
    let (done, total) = states.fold((0, 0), |(done, total), state| (done + state.current_video, total + state.total_videos));
    (total > 0).then(|| crate::wire::percent(done, total))
}

/// Prefix of the document's title while jobs run: `62 % · `.
pub(crate) fn title_progress(percent: u8) -> String {
    format!("{percent} % · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_in_utc() {
        let at: Timestamp = "2026-02-25T23:07:59.5Z".parse().unwrap();
        assert_eq!(date(at), "25 Feb 2026");
        assert_eq!(date_time(at), "25 Feb 2026, 23:07 UTC");
        assert_eq!(date("2026-12-01T00:00:00Z".parse().unwrap()), "1 Dec 2026");
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
    fn waiting_message_and_eta_follow_the_reason() {
        let mut state = ProgressUpdate::core(uuid::Uuid::nil(), crate::wire::JobStatus::Pending, 0, 0, 3, "Waiting for YouTube; 3 videos to go");
        state.retry_at = Some("2026-11-23T08:01:00Z".parse().unwrap());
        assert_eq!((message(&state, None), eta_label(&state)), (state.message.clone(), Some("next try 08:01 UTC".into())));
        state.waiting_reason = Some(WaitingReason::Quota);
        assert_eq!((message(&state, None).as_str(), eta_label(&state)), ("Waiting for YouTube's quota until 08:01 UTC", None));
        assert_eq!(message(&state, Some("09:01")), "Waiting for YouTube's quota until 09:01");
        state.waiting_reason = Some(WaitingReason::Other);
        assert_eq!((message(&state, Some("09:01")), eta_label(&state)), (state.message.clone(), Some("next try 08:01 UTC".into())));
        state.retry_at = None;
        assert_eq!(eta_label(&state).as_deref(), Some("waiting"));
        state.status = crate::wire::JobStatus::Failed;
        assert_eq!(eta_label(&state), None);
    }

    #[test]
    fn durations_and_countdowns_name_at_most_two_units() {
        assert_eq!([8, 250, 7500].map(duration), ["8 s", "4 min 10 s", "2 h 5 min"]);
        let at = Timestamp::from_micros(100_000_000);
        assert_eq!(
            [0, 57_001, 99_999, 100_000, 200_000].map(|now| countdown(at, now)),
            ["next try in 1 min 40 s", "next try in 43 s", "next try in 1 s", "next try any moment", "next try any moment"]
        );
    }
}
