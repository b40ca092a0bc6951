//! Jobs as their users see them: pages, snapshot, history, receipt; and what a user does to one.

use app::{
    progress::ReceiptSummary,
    wire::{Causes, FailureCause, Job, JobFilter, JobItem, Page, ProgressUpdate, Timestamp},
};
use async_trait::async_trait;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{
    ItemQuery, Result,
    cursor::{self, PageLimit},
    micros::Micros,
};

const MAX_PAGE_SIZE: u32 = 500;
/// The API returns at most 5000 events and asks for one more, to know whether there is a next page.
const MAX_EVENTS: u32 = 5_001;

/// A user's jobs.
#[async_trait]
pub trait Jobs {
    /// One page of a user's jobs, newest first.
    async fn jobs(&self, user_id: Uuid, query: &JobQuery) -> Result<Page<Job>>;
    /// One job.
    async fn job(&self, user_id: Uuid, job_id: Uuid) -> Result<Job>;
    /// The newest state of each active job, and of each that ended in the last five minutes and was not dismissed, oldest job first.
    async fn snapshot(&self, user_id: Uuid) -> Result<Vec<ProgressUpdate>>;
    /// Stored events, by `seq`, oldest first: those after the instant `since` (exclusive) and with a higher `seq` than `after_seq`.
    async fn history(&self, user_id: Uuid, job_id: Uuid, since: Option<Timestamp>, after_seq: Option<u64>, limit: u32)
    -> Result<Vec<ProgressUpdate>>;
    /// One page of a job's receipt, by line.
    async fn items(&self, user_id: Uuid, job_id: Uuid, query: &ItemQuery) -> Result<Page<JobItem>>;
    /// The receipt at a glance.
    async fn receipt_summary(&self, user_id: Uuid, job_id: Uuid) -> Result<ReceiptSummary>;
    /// Asks a job to stop. Unclaimed or its lease expired: ended here and now, and the terminal state answered, to be published. A worker
    /// ends its own job, after the videos in flight.
    async fn cancel(&self, user_id: Uuid, job_id: Uuid) -> Result<Option<ProgressUpdate>>;
    /// A new job over what has not succeeded in this one (of those causes, if any are named; never malformed ids).
    async fn retry(&self, user_id: Uuid, job_id: Uuid, causes: &[FailureCause]) -> Result<Retry>;
    /// Puts the card away. `JobActive` before the end.
    async fn dismiss(&self, user_id: Uuid, job_id: Uuid) -> Result<()>;
    /// Jobs of these users that changed, or were dismissed, at or after `since`.
    async fn changes(&self, user_ids: &[Uuid], since: Timestamp) -> Result<Changes>;
}

/// `GET /api/jobs`.
#[derive(Clone, Debug, Default)]
pub struct JobQuery {
    /// Which.
    pub filter: JobFilter,
    /// Only of this list.
    pub list_id: Option<Uuid>,
    /// Only those that try this job again.
    pub retry_of: Option<Uuid>,
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 500.
    pub limit: u32,
}

/// What a retry led to.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "made once a request, and taken apart at once")]
pub enum Retry {
    /// A new job; its `pending` state is to be published.
    Created(ProgressUpdate),
    /// A retry of that job is active already.
    Active(Uuid),
}

/// What changed for some users' jobs: the repair of what the bus lost.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The database's clock, for the next call.
    pub now: Timestamp,
    /// User and newest state of each changed job.
    pub updates: Vec<(Uuid, ProgressUpdate)>,
    /// User and job of each dismissal.
    pub dismissed: Vec<(Uuid, Uuid)>,
}

/// What a page of jobs is asked for with, checked.
pub(super) struct JobPage {
    /// The row that the page begins after, going back in time; before the newest for the first page.
    pub(super) after: (Micros, Uuid),
    pub(super) limit: PageLimit,
}

impl JobPage {
    /// # Errors
    /// [`StoreError::BadCursor`] where the cursor was not given out.
    pub(super) fn new(query: &JobQuery) -> Result<Self> {
        let after = match &query.cursor {
            Some(cursor) => {
                let (created_at, id): (i64, Uuid) = cursor::decode(cursor)?;
                (cursor::instant(created_at)?, id)
            }
            None => (Micros::MAX, Uuid::max()),
        };
        Ok(Self { after, limit: PageLimit::new(query.limit, MAX_PAGE_SIZE) })
    }

    pub(super) fn close(&self, mut rows: Vec<JobRow>) -> Page<Job> {
        let next_cursor = self.limit.finish_page(&mut rows, |row| (row.created_at.0.micros(), row.id));
        Page { items: rows.into_iter().map(Job::from).collect(), next_cursor }
    }
}

/// Events of one answer of the history.
pub(super) fn history_limit(limit: u32) -> i64 {
    limit.clamp(1, MAX_EVENTS).into()
}

/// `after_seq` as it is compared; 0 is before every event.
pub(super) fn history_after(after_seq: Option<u64>) -> i64 {
    i64::try_from(after_seq.unwrap_or_default()).unwrap_or(i64::MAX)
}

/// `processing_jobs`, as its user sees it.
#[derive(FromRow)]
pub(super) struct JobRow {
    id: Uuid,
    list_id: Uuid,
    source_name: String,
    causes: Json<Causes>,
    state: Json<ProgressUpdate>,
    retry_of: Option<Uuid>,
    created_at: Micros,
    started_at: Option<Micros>,
    ended_at: Option<Micros>,
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
