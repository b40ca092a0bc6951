//! A job's states, as pure functions from one state to the next. The caller passes the time in.

use app::{
    progress::{STARTING, processing_message, waiting_message},
    wire::{JobStatus, LastError, ProgressUpdate, Timestamp, WaitingReason, percent},
    wording::count,
};
use uuid::Uuid;

use crate::metadata::{Failure, Metadata};

/// Jobs of up to this many videos store an event for each video.
pub const MAX_VIDEOS_FOR_FULL_HISTORY: u32 = 200;
/// Maximum number of failures per job that are stored as events; the receipt contains all of them.
pub const MAX_FAILURE_EVENTS: u32 = 500;
/// Maximum length of an error within a message.
const MAX_MESSAGE_ERROR_CHARS: usize = 100;

/// The result of one item's look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemResult {
    /// The item's line in the input.
    pub line: u32,
    /// The item's position in the job, from 1.
    pub place: u32,
    /// The id of the video in the list.
    pub video_id: Option<Uuid>,
    /// The metadata, or why there is none.
    pub outcome: Result<Metadata, Failure>,
}

/// How a job ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every item was tried.
    Done,
    /// By request.
    Cancelled,
    /// It ended with untried items, but not by request: the reason.
    Failed(String),
}

/// The first state of a job.
pub fn pending(job_id: Uuid, list_id: Uuid, total: u32, at: Timestamp) -> ProgressUpdate {
    ProgressUpdate {
        seq: Some(1),
        created_at: Some(at),
        list_id: Some(list_id),
        failed_videos: Some(0),
        ..ProgressUpdate::core(job_id, JobStatus::Pending, 0, 0, total, STARTING)
    }
}

/// The instant of the state after this one: max(now, last + 1 µs).
pub(crate) fn next_instant(state: &ProgressUpdate, now: Timestamp) -> Timestamp {
    state.created_at.map_or(now, |last| now.max(last.plus_micros(1)))
}

/// A copy with the next `seq` and a new `created_at`, without the fields that belong to a single state.
fn next_state(state: &ProgressUpdate, now: Timestamp) -> ProgressUpdate {
    ProgressUpdate {
        seq: Some(state.seq.unwrap_or(0) + 1),
        created_at: Some(next_instant(state, now)),
        video_id: None,
        error: None,
        place: None,
        retry_at: None,
        waiting_reason: None,
        eta_seconds: None,
        ..state.clone()
    }
}

/// The state after another item.
pub fn advance(state: &ProgressUpdate, result: &ItemResult, eta_seconds: Option<u32>, now: Timestamp) -> ProgressUpdate {
    let mut next = next_state(state, now);
    next.status = JobStatus::Processing;
    next.current_video = (state.current_video + 1).min(state.total_videos);
    next.progress = percent(next.current_video, next.total_videos);
    next.video_id = result.video_id;
    next.eta_seconds = eta_seconds;
    match &result.outcome {
        Ok(_) => next.message = processing_message(&next),
        Err(failure) => {
            next.failed_videos = Some(state.failed_videos.unwrap_or(0) + 1);
            next.message = format!("Error on video {}/{}: {}", next.current_video, next.total_videos, truncate_error(&failure.text));
            next.error = Some(failure.text.clone());
            next.place = Some(result.place);
            next.last_error = Some(LastError { video_id: result.video_id, text: failure.text.clone() });
        }
    }
    next
}

/// The state while the source is unavailable; `retry_at` is by the database's clock.
pub(crate) fn waiting(state: &ProgressUpdate, reason: WaitingReason, retry_at: Timestamp, now: Timestamp) -> ProgressUpdate {
    let mut next = next_state(state, now);
    next.message = waiting_message(state, reason);
    next.retry_at = Some(retry_at);
    next.waiting_reason = Some(reason);
    next
}

/// How a job ends that has waited for its source for too long.
pub(crate) fn source_wait_exceeded(reason: WaitingReason) -> Ending {
    Ending::Failed(match reason {
        WaitingReason::Key => "YouTube rejected this server's API key for a day. The operator can find Google's reason in the log.".into(),
        WaitingReason::Refused => "YouTube refused to answer for a day.".into(),
        _ => "YouTube could not be reached for a day.".into(),
    })
}

/// The ending of a job whose worker stopped `attempts` times without finishing a video.
pub(crate) fn poisoned(attempts: u32) -> Ending {
    Ending::Failed(format!(
        "The worker stopped {attempts} times without finishing a video of this job. Retry it. If it happens again, tell the operator."
    ))
}

/// A job is done only if every item was tried, whatever its worker reports.
pub(crate) fn checked_ending(ending: Ending, state: &ProgressUpdate) -> Ending {
    let untried = state.total_videos - state.current_video;
    if ending == Ending::Done && untried > 0 {
        return Ending::Failed(format!("The worker ended with {} not tried. Retry the job to go on.", count(untried, "video")));
    }
    ending
}

/// The terminal state.
pub fn ended(state: &ProgressUpdate, ending: &Ending, now: Timestamp) -> ProgressUpdate {
    let mut next = next_state(state, now);
    let failed = state.failed_videos.unwrap_or(0);
    let succeeded = state.current_video.saturating_sub(failed);
    let untried = state.total_videos - state.current_video;
    match ending {
        Ending::Done => {
            next.status = if failed == 0 { JobStatus::Completed } else { JobStatus::CompletedWithErrors };
            next.progress = 100;
            next.message = format!("Completed: {succeeded} succeeded, {failed} failed");
        }
        Ending::Cancelled => {
            next.status = JobStatus::Cancelled;
            next.message = format!("Cancelled: {succeeded} succeeded, {failed} failed, {untried} not tried");
        }
        Ending::Failed(error) => {
            next.status = JobStatus::Failed;
            next.message = format!("Failed: {}", truncate_error(error));
            next.error = Some(error.clone());
        }
    }
    next
}

/// Whether a state is stored as an event, given the previous one.
pub(crate) fn is_event(before: &ProgressUpdate, after: &ProgressUpdate) -> bool {
    let failures = after.failed_videos.unwrap_or(0);
    let failed = failures > before.failed_videos.unwrap_or(0);
    after.status.is_terminal()
        || after.total_videos <= MAX_VIDEOS_FOR_FULL_HISTORY
        || after.progress != before.progress
        || (failed && failures <= MAX_FAILURE_EVENTS)
        || after.retry_at.is_some() != before.retry_at.is_some()
}

fn truncate_error(text: &str) -> String {
    text.chars().take(MAX_MESSAGE_ERROR_CHARS).collect()
}

#[cfg(test)]
mod tests;
