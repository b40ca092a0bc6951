//! Statuses, verdicts, outcomes and causes by the words that a reader sees.

use crate::wire::{FailureCause, ItemOutcome, Verdict, VideoReason, VideoStatus};

/// What a video's row says of its state.
pub(crate) const fn video_status(status: VideoStatus) -> &'static str {
    match status {
        VideoStatus::Pending => "Pending",
        VideoStatus::Ok => "Ready",
        VideoStatus::Unavailable => "Unavailable",
        VideoStatus::Failed => "Failed",
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
