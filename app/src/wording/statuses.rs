//! Statuses, verdicts, outcomes and causes as text, and their tones: the `data-status` of the job status whose colour they share.

use crate::wire::{FailureCause, ItemOutcome, JobStatus, Verdict, VideoReason, VideoSort, VideoStatus};

pub(crate) const fn video_status(status: VideoStatus) -> &'static str {
    match status {
        VideoStatus::Pending => "Pending",
        VideoStatus::Ok => "Ready",
        VideoStatus::Unavailable => "Unavailable",
        VideoStatus::Failed => "Failed",
    }
}

pub(crate) const fn video_tone(status: VideoStatus) -> &'static str {
    let tone = match status {
        VideoStatus::Pending => JobStatus::Pending,
        VideoStatus::Ok => JobStatus::Completed,
        VideoStatus::Unavailable => JobStatus::CompletedWithErrors,
        VideoStatus::Failed => JobStatus::Failed,
    };
    tone.as_str()
}

pub(crate) const fn video_sort(sort: VideoSort) -> &'static str {
    match sort {
        VideoSort::Position => "File order",
        VideoSort::Added => "Newest first",
        VideoSort::Title => "By title",
    }
}

/// Why an available video has no title.
pub(crate) const fn video_reason(reason: VideoReason) -> &'static str {
    match reason {
        VideoReason::EmbeddingDisabled => "YouTube provides no title, because the owner has disabled embedding on other sites.",
    }
}

/// The reason of a receipt's line, in words.
pub(crate) fn item_reason(reason: &str) -> String {
    match reason.strip_prefix(VideoReason::EmbeddingDisabled.as_str()) {
        Some(rest) => format!("Its owner has disabled embedding on other sites.{}", rest.trim_start_matches('.')),
        None => reason.to_owned(),
    }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "New",
        Verdict::Duplicate => "Already there",
        Verdict::Rejected => "Rejected",
    }
}

/// The verdict on a line; that on a malformed id, which is accepted and fails, has a name of its own.
pub(crate) const fn line_verdict(kind: Verdict, invalid: bool) -> &'static str {
    if invalid { "Not an id" } else { verdict(kind) }
}

/// For a line of a receipt.
pub(crate) const fn line_tone(verdict: Verdict, outcome: Option<ItemOutcome>) -> &'static str {
    let tone = match (verdict, outcome) {
        (Verdict::Rejected, _) | (_, Some(ItemOutcome::Failed)) => JobStatus::Failed,
        (_, Some(ItemOutcome::Succeeded)) => JobStatus::Completed,
        _ => JobStatus::Pending,
    };
    tone.as_str()
}

pub(crate) const fn outcome(outcome: ItemOutcome) -> &'static str {
    match outcome {
        ItemOutcome::Succeeded => "Succeeded",
        ItemOutcome::Failed => "Failed",
        ItemOutcome::Cancelled => "Not tried",
    }
}

pub(crate) const fn cause(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Unavailable => "unavailable",
        FailureCause::InvalidId => "not an id",
        FailureCause::RateLimited => "rate limited",
        FailureCause::Network => "no connection",
        FailureCause::SourceError => "source error",
    }
}

/// After a number: `37 rate-limited`.
pub(crate) const fn cause_phrase(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Unavailable => "unavailable",
        FailureCause::InvalidId => "that are not ids",
        FailureCause::RateLimited => "rate-limited",
        FailureCause::Network => "without connection",
        FailureCause::SourceError => "with source errors",
    }
}
