//! Request and answer bodies of the REST interface.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{JobStatus, ProgressUpdate, Timestamp};

/// One page of a longer result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What is on this page.
    pub items: Vec<T>,
    /// Opaque; sent back as `cursor` for the next page, `null` on the last.
    pub next_cursor: Option<String>,
}

/// Address and password, for signing up and in.
#[derive(Clone, Deserialize, Serialize)]
pub struct Credentials {
    /// The e-mail address; compared without regard to case.
    pub email: String,
    /// 8 to 200 characters.
    pub password: String,
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The user.
    pub id: Uuid,
    /// As given at sign-up, in lower case.
    pub email: String,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// The answer to signing up and in.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuthResponse {
    /// Who signed in.
    pub user: Account,
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// For `POST /api/auth/refresh`.
    pub refresh_token: String,
    /// Always `bearer`.
    pub token_type: String,
    /// Seconds until the access token ends.
    pub expires_in: u64,
}

/// `POST /api/auth/refresh`.
#[derive(Clone, Serialize, Deserialize)]
pub struct RefreshToken {
    /// As given at sign-in.
    pub refresh_token: String,
}

/// A fresh access token.
#[derive(Clone, Serialize, Deserialize)]
pub struct Refresh {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Always `bearer`.
    pub token_type: String,
    /// Seconds until it ends.
    pub expires_in: u64,
}

/// `POST /api/auth/password`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The password so far.
    pub current_password: String,
    /// The one from now on.
    pub new_password: String,
}

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The session.
    pub id: Uuid,
    /// The browser or program, as it named itself.
    pub user_agent: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to within a few minutes.
    pub last_used_at: Timestamp,
    /// True for the session that asks.
    pub current: bool,
}

/// One use, one WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// For `?token=`.
    pub ticket: String,
    /// Seconds.
    pub expires_in: u64,
}

/// `POST /api/lists` and `PATCH /api/lists/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListName {
    /// 1 to 150 characters.
    pub name: String,
}

/// A list of videos.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The list.
    pub id: Uuid,
    /// As the user named it.
    pub name: String,
    /// Videos in it.
    pub video_count: u32,
    /// Of those, deleted or private at YouTube.
    pub unavailable_count: u32,
    /// Jobs on it that have not ended.
    pub active_jobs: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it or its videos last changed.
    pub updated_at: Timestamp,
}

/// What is known of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoStatus {
    /// Not looked up yet.
    Pending,
    /// Looked up.
    Ok,
    /// Deleted or private; keeps its place and added-date.
    Unavailable,
    /// The look-up failed.
    Failed,
}

/// A video in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The row in this list.
    pub id: Uuid,
    /// YouTube's eleven characters.
    pub youtube_id: String,
    /// From the source, else from the file.
    pub title: Option<String>,
    /// The channel's name.
    pub channel: Option<String>,
    /// Seconds; not every source tells.
    pub duration_seconds: Option<u32>,
    /// On YouTube's fixed image host; never fetched by the server.
    pub thumbnail_url: String,
    /// When it was added to the list, as the file says, else when it was imported.
    pub added_at: Timestamp,
    /// Its place in the list, from 1.
    pub position: u32,
    /// What is known of it.
    pub status: VideoStatus,
    /// Why the look-up failed.
    pub cause: Option<FailureCause>,
    /// The same as a sentence.
    pub error: Option<String>,
}

/// `GET /api/lists/{id}/videos`: which, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VideoFilter {
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 500, else 100.
    pub limit: Option<u32>,
    /// Only videos of this status.
    pub status: Option<VideoStatus>,
    /// Only videos whose title, channel or id contains this.
    pub q: Option<String>,
    /// The order.
    pub sort: VideoSort,
}

/// The order of a list's videos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoSort {
    /// As in the file.
    #[default]
    Position,
    /// Newest added-date first.
    Added,
    /// By title, A to Z; those without one last.
    Title,
}

/// `POST /api/lists/{id}/videos`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VideoUrl {
    /// Any of YouTube's URL shapes, or an id.
    pub url: String,
}

/// `POST /api/lists/{id}/videos/delete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VideoIds {
    /// Rows of the list; at most 1000.
    pub ids: Vec<Uuid>,
}

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

/// What the import made of an input line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Work for the job.
    Accepted,
    /// In the list, or earlier in the file, already.
    Duplicate,
    /// Not a video: see the reason.
    Rejected,
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
    /// Only failures of these causes; empty or absent: everything that has not succeeded.
    pub causes: Vec<FailureCause>,
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

/// A line that is not a video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The line in the file, from 1.
    pub line: u32,
    /// Why, as a sentence.
    pub reason: String,
}

/// The kinds of file that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportFormat {
    /// Google Takeout since 2023: `Video ID,Playlist Video Creation Timestamp`.
    Takeout,
    /// Google Takeout before: a block of metadata, then `Video Id,Time Added`.
    TakeoutOld,
    /// A table with a column of ids or URLs.
    Csv,
    /// One URL or id a line, or separated by commas.
    Links,
}

impl ImportFormat {
    /// For a reader.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Takeout => "Google Takeout",
            Self::TakeoutOld => "Google Takeout (older)",
            Self::Csv => "CSV table",
            Self::Links => "list of links",
        }
    }
}

/// The answer to an upload into one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkResult {
    /// The job that looks the new videos up; `null` where nothing was new.
    pub job_id: Option<Uuid>,
    /// The kind of file that was found.
    pub format: ImportFormat,
    /// Input lines with a verdict.
    pub total: u32,
    /// Lines that are work for the job.
    pub accepted: u32,
    /// Lines whose video was there already.
    pub duplicates: u32,
    /// The first 100 lines that are not videos.
    pub rejected: Vec<Rejection>,
    /// How many there are of those.
    pub rejected_count: u32,
}
