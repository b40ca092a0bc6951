//! A job's status, and why it waits.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Stored, not yet claimed by a worker.
    Pending,
    /// A worker has started it.
    Processing,
    /// Every video succeeded.
    Completed,
    /// Every video was tried; some or all failed.
    CompletedWithErrors,
    /// Ended with untried videos, but not by request.
    Failed,
    /// Cancelled by the user.
    Cancelled,
}

impl JobStatus {
    /// Every status, in the order of a job's life.
    pub const ALL: [Self; 6] = [Self::Pending, Self::Processing, Self::Completed, Self::CompletedWithErrors, Self::Failed, Self::Cancelled];

    /// Nothing follows a terminal status.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::CompletedWithErrors => "completed_with_errors",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The text of the badge on a card.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Processing => "Processing",
            Self::Completed => "Completed",
            Self::CompletedWithErrors => "Completed with errors",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// Why a job stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingReason {
    /// The quota of the instance's API key is used up, until `retry_at`.
    Quota,
    /// The source answers "too many requests", or that it is busy.
    RateLimited,
    /// The source does not answer, or with nothing that can be read.
    Network,
    /// The source answers, and refuses everything: a captcha, 403.
    Refused,
    /// The source rejects the instance's API key.
    Key,
    /// No update for a while.
    NoNews,
    /// A reason that this version does not know.
    #[serde(other)]
    Other,
}

impl WaitingReason {
    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::RateLimited => "rate_limited",
            Self::Network => "network",
            Self::Refused => "refused",
            Self::Key => "key",
            Self::NoNews => "no_news",
            Self::Other => "other",
        }
    }

    /// The reverse of [`Self::as_str`]; unknown names are [`Self::Other`].
    pub fn parse(text: &str) -> Self {
        let known = [Self::Quota, Self::RateLimited, Self::Network, Self::Refused, Self::Key, Self::NoNews];
        known.into_iter().find(|reason| reason.as_str() == text).unwrap_or(Self::Other)
    }
}
