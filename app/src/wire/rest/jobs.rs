//! Jobs and their receipts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::imports::is_false;
use crate::wire::{JobStatus, ProgressUpdate, Timestamp, Verdict};

/// Why a video failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// Deleted or private video.
    Unavailable,
    /// Not an id: eleven characters of YouTube's alphabet.
    InvalidId,
    /// The source kept answering "too many requests".
    RateLimited,
    /// No connection to the source, or a timeout.
    Network,
    /// The source answered with an error or an unreadable response.
    SourceError,
}

impl FailureCause {
    /// Every cause.
    pub const ALL: [Self; 5] = [Self::Unavailable, Self::InvalidId, Self::RateLimited, Self::Network, Self::SourceError];

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::InvalidId => "invalid_id",
            Self::RateLimited => "rate_limited",
            Self::Network => "network",
            Self::SourceError => "source_error",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

/// The outcome of an accepted line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemOutcome {
    /// Looked up.
    Succeeded,
    /// Failed: see the cause.
    Failed,
    /// The job ended before it was tried.
    Cancelled,
}

impl ItemOutcome {
    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Number of failed items by cause.
pub type Causes = BTreeMap<FailureCause, u32>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: Uuid,
    pub list_id: Uuid,
    /// The name of the file, or a description of the source.
    pub source_name: String,
    pub status: JobStatus,
    /// 0 to 100.
    pub progress: u8,
    /// Number of finished videos.
    pub current_video: u32,
    pub total_videos: u32,
    pub failed_videos: u32,
    pub causes: Causes,
    /// The job that this one retries.
    pub retry_of: Option<Uuid>,
    pub created_at: Timestamp,
    /// When a worker first started it.
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Its newest state.
    pub state: ProgressUpdate,
}

/// `GET /api/jobs?state=`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobFilter {
    /// Not ended.
    Active,
    /// The jobs in the snapshot: not ended, or ended within 5 minutes and not dismissed.
    Recent,
    /// Every job.
    #[default]
    All,
}

/// `POST /api/jobs/{id}/retry`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryRequest {
    /// Only failures with these causes; all of them if empty or absent. Cancelled and untried items are always retried.
    pub causes: Vec<FailureCause>,
}

/// `GET /api/jobs/{id}/items`: the filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemFilter {
    /// Only lines with this verdict.
    pub verdict: Option<Verdict>,
    /// Only failures with this cause.
    pub cause: Option<FailureCause>,
    /// Only lines whose id is malformed, or only others.
    pub invalid: Option<bool>,
    /// Only lines whose input or reason contains this.
    pub q: Option<String>,
    /// Only this line of the file and later ones.
    pub from_line: Option<u32>,
    /// From the previous page.
    pub cursor: Option<String>,
    /// 1 to 5000; 100 if absent.
    pub limit: Option<u32>,
}

/// An input line of an import in the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobItem {
    /// The line in the file, from 1.
    pub line: u32,
    /// The text that was read as the video.
    pub input: String,
    /// The verdict of the import.
    pub verdict: Verdict,
    /// The outcome of the look-up.
    pub outcome: Option<ItemOutcome>,
    pub cause: Option<FailureCause>,
    /// Whether its id is malformed: it was accepted, and fails.
    #[serde(default, skip_serializing_if = "is_false")]
    pub invalid: bool,
    /// Why it failed or was rejected, and how it was read if there is something to say about it, as sentences. For a video that succeeded and
    /// has a [`VideoReason`](super::VideoReason), it begins with the name of that: `embedding_disabled`.
    pub reason: Option<String>,
    /// The id of the video in the list.
    pub video_id: Option<Uuid>,
}
