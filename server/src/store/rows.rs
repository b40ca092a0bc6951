//! Rows as both databases give them, and what they become on the wire.

use app::wire::{Account, Causes, Job, JobItem, List, ProgressUpdate, Session, Video};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{
    Result, SessionUser,
    micros::Micros,
    text::{count, named, named_option},
};

/// `users`, without the password.
#[derive(FromRow)]
pub(super) struct AccountRow {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) created_at: Micros,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self { id: row.id, email: row.email, created_at: row.created_at.0 }
    }
}

/// A live session with its user.
#[derive(FromRow)]
pub(super) struct SessionUserRow {
    pub(super) session_id: Uuid,
    #[sqlx(flatten)]
    pub(super) account: AccountRow,
    /// Due to be prolonged.
    pub(super) stale: bool,
}

impl From<SessionUserRow> for SessionUser {
    fn from(row: SessionUserRow) -> Self {
        Self { session_id: row.session_id, account: row.account.into() }
    }
}

/// A session as its user sees it.
#[derive(FromRow)]
pub(super) struct SessionRow {
    pub(super) id: Uuid,
    pub(super) user_agent: String,
    pub(super) created_at: Micros,
    pub(super) last_used_at: Micros,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self { id: row.id, user_agent: row.user_agent, created_at: row.created_at.0, last_used_at: row.last_used_at.0, current: false }
    }
}

/// A list with what is counted of it.
#[derive(FromRow)]
pub(super) struct ListRow {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) video_count: i64,
    pub(super) unavailable_count: i64,
    pub(super) active_jobs: i64,
    pub(super) created_at: Micros,
    pub(super) updated_at: Micros,
    /// When a job last changed its videos. Apart from `updated_at`, because a job may not lock its list.
    pub(super) worked_at: Option<Micros>,
}

impl From<ListRow> for List {
    fn from(row: ListRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            video_count: count(row.video_count),
            unavailable_count: count(row.unavailable_count),
            active_jobs: count(row.active_jobs),
            created_at: row.created_at.0,
            updated_at: row.worked_at.map_or(row.updated_at, |worked| worked.max(row.updated_at)).0,
        }
    }
}

/// `videos`.
#[derive(FromRow)]
pub(super) struct VideoRow {
    pub(super) id: Uuid,
    pub(super) youtube_id: String,
    pub(super) title: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) duration_seconds: Option<i64>,
    pub(super) added_at: Micros,
    pub(super) position: i64,
    pub(super) status: String,
    pub(super) cause: Option<String>,
    pub(super) error: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) title_key: String,
}

impl TryFrom<VideoRow> for Video {
    type Error = super::StoreError;

    fn try_from(row: VideoRow) -> Result<Self> {
        Ok(Self {
            thumbnail_url: format!("https://i.ytimg.com/vi/{}/mqdefault.jpg", row.youtube_id),
            id: row.id,
            youtube_id: row.youtube_id,
            title: row.title,
            channel: row.channel,
            duration_seconds: row.duration_seconds.map(count),
            added_at: row.added_at.0,
            position: count(row.position),
            status: named(&row.status)?,
            cause: named_option(row.cause.as_deref())?,
            error: row.error,
            reason: named_option(row.reason.as_deref())?,
        })
    }
}

/// `processing_jobs`, as its user sees it.
#[derive(FromRow)]
pub(super) struct JobRow {
    pub(super) id: Uuid,
    pub(super) list_id: Uuid,
    pub(super) source_name: String,
    pub(super) causes: Json<Causes>,
    pub(super) state: Json<ProgressUpdate>,
    pub(super) retry_of: Option<Uuid>,
    pub(super) created_at: Micros,
    pub(super) started_at: Option<Micros>,
    pub(super) ended_at: Option<Micros>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        let state = row.state.0;
        Self {
            id: row.id,
            list_id: row.list_id,
            source_name: row.source_name,
            status: state.status,
            progress: state.progress,
            current_video: state.current_video,
            total_videos: state.total_videos,
            failed_videos: state.failed_videos.unwrap_or_default(),
            causes: row.causes.0,
            retry_of: row.retry_of,
            created_at: row.created_at.0,
            started_at: row.started_at.map(|at| at.0),
            ended_at: row.ended_at.map(|at| at.0),
            state,
        }
    }
}

/// `processing_jobs`, as its writer has it: read under the row lock, changed in memory, and saved as a whole.
#[derive(FromRow)]
pub(super) struct LockedJob {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) list_id: Uuid,
    pub(super) source_name: String,
    pub(super) state: Json<ProgressUpdate>,
    pub(super) causes: Json<Causes>,
    pub(super) cancel_requested: bool,
    pub(super) attempts: i64,
    pub(super) run_at: Micros,
    pub(super) waiting_since: Option<Micros>,
    pub(super) lease_until: Option<Micros>,
    pub(super) lease_token: Option<Uuid>,
    pub(super) ended_at: Option<Micros>,
}

impl LockedJob {
    /// Nobody holds a lease that still runs.
    pub(super) fn is_idle(&self, now: Micros) -> bool {
        self.lease_until.is_none_or(|until| until <= now)
    }

    /// Takes the lease away.
    pub(super) fn clear_lease(&mut self) {
        self.lease_until = None;
        self.lease_token = None;
    }
}

/// `job_items`.
#[derive(FromRow)]
pub(super) struct ItemRow {
    pub(super) line: i64,
    pub(super) input: String,
    pub(super) verdict: String,
    pub(super) outcome: Option<String>,
    pub(super) cause: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) video_id: Option<Uuid>,
}

impl TryFrom<ItemRow> for JobItem {
    type Error = super::StoreError;

    fn try_from(row: ItemRow) -> Result<Self> {
        Ok(Self {
            line: count(row.line),
            input: row.input,
            verdict: named(&row.verdict)?,
            outcome: named_option(row.outcome.as_deref())?,
            cause: named_option(row.cause.as_deref())?,
            reason: row.reason,
            video_id: row.video_id,
        })
    }
}
