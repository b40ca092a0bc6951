//! Jobs and their receipts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::wire::{JobStatus, ProgressUpdate, Timestamp, Verdict};

/// Why a video failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// Deleted or private.
    Unavailable,
    /// Not eleven characters of YouTube's alphabet.
    InvalidId,
    /// The source said "too many" until patience ran out.
    RateLimited,
    /// No connection to the source, or a time-out.
    Network,
    /// The source answered with nonsense or an error of its own.
    SourceError,
}

impl FailureCause {
    /// Every cause.
    pub const ALL: [Self; 5] = [Self::Unavailable, Self::InvalidId, Self::RateLimited, Self::Network, Self::SourceError];

    /// As on the wire and in the database.
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

/// What became of an accepted line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemOutcome {
    /// Looked up.
    Succeeded,
    /// Tried, and failed: see the cause.
    Failed,
    /// The job ended before it was tried.
    Cancelled,
}

impl ItemOutcome {
    /// As on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How many items failed of each cause.
pub type Causes = BTreeMap<FailureCause, u32>;

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The job.
    pub id: Uuid,
    /// The list it works on.
    pub list_id: Uuid,
    /// The file's name, or what else it came from.
    pub source_name: String,
    /// Where it stands.
    pub status: JobStatus,
    /// Percent.
    pub progress: u8,
    /// Videos finished.
    pub current_video: u32,
    /// Videos in it.
    pub total_videos: u32,
    /// Videos that failed.
    pub failed_videos: u32,
    /// Those by cause.
    pub causes: Causes,
    /// The job this one tries again.
    pub retry_of: Option<Uuid>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When a worker first began with it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
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
    /// What the snapshot holds: not ended, or ended in the last 5 minutes and not dismissed.
    Recent,
    /// Every job.
    #[default]
    All,
}

/// `POST /api/jobs/{id}/retry`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryRequest {
    /// Of the failures, only those of these causes; empty or absent: all. What was cancelled or never tried is always taken.
    pub causes: Vec<FailureCause>,
}

/// `GET /api/jobs/{id}/items`: which lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemFilter {
    /// Only lines of this verdict.
    pub verdict: Option<Verdict>,
    /// Only failures of this cause.
    pub cause: Option<FailureCause>,
    /// Only lines whose input or reason contains this.
    pub q: Option<String>,
    /// Only this line of the file and those after it.
    pub from_line: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 5000, else 100.
    pub limit: Option<u32>,
}

/// One input line of an import, as the receipt shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobItem {
    /// The line in the file, from 1.
    pub line: u32,
    /// The text that was read as the video.
    pub input: String,
    /// What the import made of it.
    pub verdict: Verdict,
    /// What became of it.
    pub outcome: Option<ItemOutcome>,
    /// Why it failed.
    pub cause: Option<FailureCause>,
    /// The same, or why it was rejected, as a sentence.
    pub reason: Option<String>,
    /// The row in the list.
    pub video_id: Option<Uuid>,
}
