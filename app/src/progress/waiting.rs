//! How a job that no worker has is shown while its source is blocked for all jobs. Nothing of it is stored per job.

use crate::{
    wire::{JobStatus, ProgressUpdate, SourceBlock, WaitingReason},
    wording::count,
};

/// The message of a job of which no video is finished.
pub const STARTING: &str = "Starting processing...";

/// The message of a job after a video that was found.
pub fn processing_message(state: &ProgressUpdate) -> String {
    format!("Processing video {}/{}", state.current_video, state.total_videos)
}

/// The message of a job that waits for its source.
pub fn waiting_message(state: &ProgressUpdate, reason: WaitingReason) -> String {
    let why = match reason {
        WaitingReason::Quota => "Waiting for YouTube's quota",
        WaitingReason::Key => "YouTube refuses the API key of this instance",
        _ => "Waiting for YouTube",
    };
    format!("{why}; {} to go", count(state.total_videos.saturating_sub(state.current_video), "video"))
}

/// The state of a job that no worker has: it waits for the block's end, or for a worker. Unchanged after the job's end.
pub fn queued_state(state: ProgressUpdate, block: Option<SourceBlock>) -> ProgressUpdate {
    let was_waiting = state.retry_at.is_some();
    if state.status.is_terminal() || (block.is_none() && !was_waiting) {
        return state;
    }
    let message = match block {
        Some(block) => waiting_message(&state, block.reason),
        None if state.status == JobStatus::Pending => STARTING.into(),
        None => processing_message(&state),
    };
    ProgressUpdate {
        message,
        retry_at: block.map(|block| block.blocked_until),
        waiting_reason: block.map(|block| block.reason),
        video_id: None,
        error: None,
        place: None,
        eta_seconds: None,
        ..state
    }
}
