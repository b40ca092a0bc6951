//! Sentences for the bar and the lines. Pure.

use app::{
    wire::{Causes, FailureCause, ImportedList, JobStatus, ProgressUpdate, Verdict, WaitingReason},
    wording::count,
};
use chrono::{DateTime, Local};
use url::Url;
use uuid::Uuid;

use super::FollowedJob;

/// Rejected lines and first rows that are printed; the receipt has all.
const MAX_SHOWN: usize = 10;

/// What was imported into a list, or would be.
pub(super) fn list_imported(list: &ImportedList, is_preview: bool) -> Vec<String> {
    let result = &list.result;
    let verb = if is_preview { "would be new" } else { "new" };
    let mut first = format!("{} ({}): {} {verb}", list.list_name, result.format.label(), count(result.new_videos(), "video"));
    if result.invalid > 0 {
        first.push_str(&format!(", {} not an id", result.invalid));
    }
    if result.duplicates > 0 {
        first.push_str(&format!(", {} already there", result.duplicates));
    }
    if result.rejected_count > 0 {
        first.push_str(&format!(", {} rejected", count(result.rejected_count, "line")));
    }
    let mut sentences = vec![first];
    sentences.extend(result.first_rows.iter().take(MAX_SHOWN).map(|row| {
        let title = row.title.as_deref().unwrap_or_default();
        let reason = row.reason.as_ref().filter(|_| row.verdict == Verdict::Accepted).map_or_else(String::new, |reason| format!(" ({reason})"));
        format!("  line {}: {} {title}", row.line, row.input).trim_end().to_owned() + &reason
    }));
    sentences.extend(result.rejected.iter().take(MAX_SHOWN).map(|line| match line.is_file {
        true => format!("  {}", line.reason),
        false => format!("  line {} rejected: {}", line.line, line.reason),
    }));
    if result.rejected_count as usize > MAX_SHOWN {
        sentences.push(format!("  and {} more", count(result.rejected_count - MAX_SHOWN as u32, "line")));
    }
    sentences
}

/// The answer to the upload was lost, and these jobs show that it was stored.
pub(super) fn recovered(jobs: &[FollowedJob]) -> Vec<String> {
    let format_list =
        |job: &FollowedJob| format!("{}: {} accepted", job.list_name.as_deref().unwrap_or("A list"), count(job.state.total_videos, "video"));
    let first = "The server's answer was lost, but the import was stored. The receipts say what became of each line.".to_owned();
    std::iter::once(first).chain(jobs.iter().map(format_list)).collect()
}

pub(super) fn ended(job: &FollowedJob) -> String {
    let mut sentence = job.list_name.as_ref().map_or_else(String::new, |name| format!("{name}: "));
    if job.removed {
        return sentence + "the list was deleted, and its job with it.";
    }
    sentence.push_str(&format!("{} of {} looked up", job.succeeded(), count(job.state.total_videos, "video")));
    if job.failed() > 0 {
        sentence.push_str(&format!(", {} failed{}", job.failed(), by_cause(&job.causes)));
    }
    if job.not_tried() > 0 {
        sentence.push_str(&format!(", {} not tried", job.not_tried()));
    }
    sentence.push('.');
    match (job.state.status, &job.state.error) {
        (JobStatus::Cancelled, _) => sentence.push_str(" The job was cancelled."),
        (JobStatus::Failed, Some(why)) => sentence.push_str(&format!(" The job failed: {why}")),
        _ => {}
    }
    sentence
}

pub(super) fn detached(jobs: &[Uuid], server: &Url) -> Vec<String> {
    let again = jobs.iter().take(MAX_SHOWN).map(|job| format!("  playmarks import --watch {job} --server {server}"));
    std::iter::once("The import continues at the server. Follow it again with".to_owned()).chain(again).collect()
}

fn by_cause(causes: &Causes) -> String {
    let format_cause = |(cause, count): (&FailureCause, &u32)| format!("{count} {}", cause.as_str().replace('_', " "));
    let causes: Vec<String> = causes.iter().map(format_cause).collect();
    if causes.is_empty() { String::new() } else { format!(" ({})", causes.join(", ")) }
}

/// Why a job stands still, with times by the clock of this machine.
pub(super) fn waiting(state: &ProgressUpdate) -> String {
    let until = state.retry_at.and_then(|at| DateTime::from_timestamp_micros(at.micros())).map(|at| at.with_timezone(&Local).format("%H:%M"));
    let why = match state.waiting_reason {
        Some(WaitingReason::Quota) => "waiting for YouTube's quota",
        Some(WaitingReason::RateLimited) => "YouTube limits requests",
        Some(WaitingReason::Refused) => "YouTube refuses to answer the server",
        Some(WaitingReason::Key) => "YouTube refuses the server's API key",
        Some(WaitingReason::NoNews) => "no news for a while",
        Some(WaitingReason::Network) | None => "waiting for YouTube",
        Some(WaitingReason::Other) => "waiting",
    };
    match until {
        Some(until) if state.waiting_reason == Some(WaitingReason::Quota) => format!("{why} until {until}"),
        Some(until) => format!("{why}, next try {until}"),
        None => why.to_owned(),
    }
}

/// `1:05` or `2:00:00`.
pub(super) fn clock(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use app::wire::{BulkResult, ImportFormat, Rejection};

    use super::*;

    #[test]
    fn waiting_reason_has_the_time_of_this_machine() {
        let mut state = ProgressUpdate::core(Uuid::nil(), JobStatus::Pending, 0, 0, 3, "Waiting for YouTube; 3 videos to go");
        state.waiting_reason = Some(WaitingReason::Other);
        assert_eq!(waiting(&state), "waiting");
        state.retry_at = Some("2026-11-23T08:01:00Z".parse().unwrap());
        let here = "2026-11-23T08:01:00Z".parse::<DateTime<Local>>().unwrap().format("%H:%M");
        for (reason, text) in [
            (WaitingReason::Quota, format!("waiting for YouTube's quota until {here}")),
            (WaitingReason::Key, format!("YouTube refuses the server's API key, next try {here}")),
        ] {
            state.waiting_reason = Some(reason);
            assert_eq!(waiting(&state), text);
        }
    }

    #[test]
    fn upload_is_summed_up_with_at_most_ten_rejected_lines() {
        let rejected: Vec<Rejection> = (1..=12).map(|line| Rejection { line, reason: "Not a video.".into(), is_file: false }).collect();
        let result = BulkResult {
            job_id: None,
            format: ImportFormat::Csv,
            total: 15,
            accepted: 3,
            invalid: 2,
            duplicates: 2,
            rejected,
            rejected_count: 12,
            first_rows: Vec::new(),
        };
        let lines = list_imported(&ImportedList { list_id: None, list_name: "Cooking".into(), source_name: None, result }, false);
        assert_eq!(lines[0], "Cooking (CSV table): 1 video new, 2 not an id, 2 already there, 12 lines rejected");
        assert_eq!((lines[1].as_str(), lines.len(), lines[11].as_str()), ("  line 1 rejected: Not a video.", 12, "  and 2 lines more"));
    }

    #[test]
    fn result_of_a_job_is_one_sentence() {
        let mut job = FollowedJob::uploaded(Uuid::nil(), Uuid::nil(), "Cooking", 10);
        job.state.current_video = 9;
        job.state.failed_videos = Some(2);
        job.state.status = JobStatus::Cancelled;
        job.causes = Causes::from([(FailureCause::RateLimited, 2)]);
        assert_eq!(ended(&job), "Cooking: 7 of 10 videos looked up, 2 failed (2 rate limited), 1 not tried. The job was cancelled.");
        job.removed = true;
        assert_eq!(ended(&job), "Cooking: the list was deleted, and its job with it.");
        assert_eq!((clock(65), clock(7_200)), ("1:05".into(), "2:00:00".into()));
    }
}
