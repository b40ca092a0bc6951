//! Statuses, verdicts, outcomes and causes by the words that a reader sees, and whose colour they have: that of a job's status.

use crate::wire::{FailureCause, ItemOutcome, JobStatus, Verdict, VideoReason, VideoSort, VideoStatus};

/// What a video's row says of its state.
pub(crate) const fn video_status(status: VideoStatus) -> &'static str {
    match status {
        VideoStatus::Pending => "Pending",
        VideoStatus::Ok => "Ready",
        VideoStatus::Unavailable => "Unavailable",
        VideoStatus::Failed => "Failed",
    }
}

/// The colour of a video's status.
pub(crate) const fn video_tone(status: VideoStatus) -> &'static str {
    let tone = match status {
        VideoStatus::Pending => JobStatus::Pending,
        VideoStatus::Ok => JobStatus::Completed,
        VideoStatus::Unavailable => JobStatus::CompletedWithErrors,
        VideoStatus::Failed => JobStatus::Failed,
    };
    tone.as_str()
}

/// An order of videos, as the choice of it says.
pub(crate) const fn video_sort(sort: VideoSort) -> &'static str {
    match sort {
        VideoSort::Position => "File order",
        VideoSort::Added => "Newest first",
        VideoSort::Title => "By title",
    }
}

/// Why a video that is there has no title.
pub(crate) const fn video_reason(reason: VideoReason) -> &'static str {
    match reason {
        VideoReason::EmbeddingDisabled => "YouTube tells no title: the owner has switched off embedding on other sites.",
    }
}

/// What the receipt says of a line.
pub(crate) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "New",
        Verdict::Duplicate => "Already there",
        Verdict::Rejected => "Rejected",
    }
}

/// The colour of a line before it is imported.
pub(crate) const fn verdict_tone(verdict: Verdict) -> &'static str {
    let tone = match verdict {
        Verdict::Accepted => JobStatus::Completed,
        Verdict::Duplicate => JobStatus::Pending,
        Verdict::Rejected => JobStatus::Failed,
    };
    tone.as_str()
}

/// The colour of a line of a receipt.
pub(crate) const fn line_tone(verdict: Verdict, outcome: Option<ItemOutcome>) -> &'static str {
    let tone = match (verdict, outcome) {
        (Verdict::Rejected, _) | (_, Some(ItemOutcome::Failed)) => JobStatus::Failed,
        (_, Some(ItemOutcome::Succeeded)) => JobStatus::Completed,
        _ => JobStatus::Pending,
    };
    tone.as_str()
}

/// What the receipt says of an accepted line's end.
pub(crate) const fn outcome(outcome: ItemOutcome) -> &'static str {
    match outcome {
        ItemOutcome::Succeeded => "Succeeded",
        ItemOutcome::Failed => "Failed",
        ItemOutcome::Cancelled => "Not tried",
    }
}

/// A cause in a word or two.
pub(crate) const fn cause(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Unavailable => "unavailable",
        FailureCause::InvalidId => "not an id",
        FailureCause::RateLimited => "rate limited",
        FailureCause::Network => "no connection",
        FailureCause::SourceError => "source error",
    }
}

/// The same behind a number: `37 rate-limited`.
pub(crate) const fn cause_of(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Unavailable => "unavailable",
        FailureCause::InvalidId => "that are no ids",
        FailureCause::RateLimited => "rate-limited",
        FailureCause::Network => "without connection",
        FailureCause::SourceError => "with source errors",
    }
}
