//! Why a call failed, and what that means for a video, for the source, and for whoever reads the log.

use std::time::Duration;

use app::wire::{FailureCause, WaitingReason};

use super::{Failure, SourceUnavailable};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LookupError {
    /// No connection. That never concerns one video.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke, or no answer came in time.
    #[error("{0}")]
    Network(String),
    /// The body was shorter than announced.
    #[error("response cut short ({0})")]
    CutShort(String),
    /// 429, with its `Retry-After`.
    #[error("too many requests (429)")]
    RateLimited(Option<Duration>),
    /// 503, with its `Retry-After`.
    #[error("busy (503)")]
    Busy(Duration),
    /// Another status, or a body that is not what it should be.
    #[error("{0}")]
    Unreadable(String),
    /// A page for people in place of an answer: a captcha, a consent form, a sign-in.
    #[error("{what} (status {status})")]
    Page { what: String, status: u16 },
    /// oEmbed's 403: a private video, or a source that refuses everything and may say why.
    #[error("forbidden (403){0}")]
    Forbidden(String),
    /// `videos.list` without any item: each of these videos is gone, or the list is wrong.
    #[error("an empty list, even for a video that is public")]
    NoItems,
    /// The quota of the API key is used up.
    #[error("the quota of the YouTube API key is used up ({reason}); it comes back at midnight Pacific time")]
    Quota { until_reset: Duration, reason: String },
    /// Google's words for why.
    #[error("YouTube rejects the API key (status {status}: {reason}): check YOUTUBE_API_KEY and that the YouTube Data API v3 is enabled for it")]
    Key { status: u16, reason: String },
}

/// A rejected key is replaced by a person, who should not have to wait long after that.
const KEY_RETRY_AFTER: Duration = Duration::from_secs(600);

impl LookupError {
    /// Whether the ids that were asked for may be the reason, so that other ids may well get an answer.
    pub(super) fn may_concern_ids(&self) -> bool {
        matches!(self, Self::Network(_) | Self::CutShort(_) | Self::Unreadable(_) | Self::Page { .. } | Self::Forbidden(_) | Self::NoItems)
    }

    /// Whether nothing was said at all.
    pub(super) fn is_no_answer(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Network(_))
    }

    /// Whether the same call may be answered a moment later.
    pub(super) fn is_transient(&self) -> bool {
        !matches!(self, Self::Forbidden(_) | Self::NoItems | Self::Quota { .. } | Self::Key { .. })
    }

    /// How long the source asks to be left alone; zero where it does not.
    pub(super) fn retry_after(&self) -> Duration {
        match self {
            Self::RateLimited(after) => after.unwrap_or_default(),
            Self::Busy(after) | Self::Quota { until_reset: after, .. } => *after,
            Self::Key { .. } => KEY_RETRY_AFTER,
            _ => Duration::ZERO,
        }
    }

    /// For an error that is the source's.
    pub(super) fn into_unavailable(self, retry_after: Duration) -> SourceUnavailable {
        let waiting_reason = match &self {
            Self::Unreachable(_) | Self::Network(_) | Self::CutShort(_) | Self::Unreadable(_) => WaitingReason::Network,
            Self::RateLimited(_) | Self::Busy(_) => WaitingReason::RateLimited,
            Self::Page { .. } | Self::Forbidden(_) | Self::NoItems => WaitingReason::Refused,
            Self::Quota { .. } => WaitingReason::Quota,
            Self::Key { .. } => WaitingReason::Key,
        };
        let detail = match &self {
            Self::Quota { reason, .. } | Self::Key { reason, .. } => reason.clone(),
            Self::Page { what, .. } => what.clone(),
            Self::Forbidden(_) => "403".into(),
            Self::NoItems => "no items".into(),
            _ => String::new(),
        };
        SourceUnavailable { retry_after, waiting_reason, error: self.to_string(), detail }
    }

    /// The failure stored for a video.
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Unreachable(_) | Self::Network(_) => Failure::new(FailureCause::Network, "YouTube did not answer. Try this video again later."),
            Self::CutShort(_) => Failure::new(FailureCause::Network, "YouTube's answer was cut short. Try this video again later."),
            Self::RateLimited(_) => {
                Failure::new(FailureCause::RateLimited, "YouTube answered “too many requests” several times. Try this video again later.")
            }
            Self::Busy(_) => Failure::new(FailureCause::SourceError, "YouTube was busy several times. Try this video again later."),
            Self::Forbidden(_) => Failure::new(FailureCause::Unavailable, "Video is private"),
            error => Failure::new(FailureCause::SourceError, format!("YouTube's answer could not be read ({error}). Try this video again later.")),
        }
    }
}
