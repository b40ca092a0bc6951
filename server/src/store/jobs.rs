//! Jobs from the user's point of view: pages, snapshot, history, receipt, and the user's actions.

use std::time::Duration;

use app::{
    progress::{ReceiptSummary, queued_state},
    wire::{Causes, FailureCause, ItemFilter, Job, JobFilter, JobItem, Page, ProgressUpdate, SourceBlock, Timestamp, WaitingReason},
};
use async_trait::async_trait;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{
    Result,
    cursor::{self, PageLimit},
    micros::Micros,
};

const DEFAULT_PAGE_SIZE: u32 = 50;
const MAX_PAGE_SIZE: u32 = 500;
/// How long a job that has ended is in the snapshot.
pub(super) const RECENT: Duration = Duration::from_secs(5 * 60);
/// The API returns at most 5000 events and asks for one more, to know whether there is a next page.
const MAX_EVENTS: u32 = 5_001;

#[async_trait]
pub trait Jobs {
    /// Returns a page of a user's jobs, newest first.
    async fn jobs(&self, user_id: Uuid, query: &JobQuery) -> Result<Page<Job>>;
    async fn job(&self, user_id: Uuid, job_id: Uuid) -> Result<Job>;
    /// Returns the newest state of each active job, and of each that ended within five minutes and was not dismissed, oldest job first.
    async fn snapshot(&self, user_id: Uuid) -> Result<Vec<ProgressUpdate>>;
    /// Returns stored events, oldest first: those after the instant `since` (exclusive) with a `seq` above `after_seq`.
    async fn history(&self, user_id: Uuid, job_id: Uuid, since: Option<Timestamp>, after_seq: Option<u64>, limit: u32)
    -> Result<Vec<ProgressUpdate>>;
    /// Returns a page of a job's receipt, by line.
    async fn items(&self, user_id: Uuid, job_id: Uuid, filter: &ItemFilter) -> Result<Page<JobItem>>;
    async fn receipt_summary(&self, user_id: Uuid, job_id: Uuid) -> Result<ReceiptSummary>;
    /// Cancels a job. If no worker has it, it ends immediately, and its terminal state is returned, to be published. Otherwise its worker
    /// ends it, after the look-ups in progress.
    async fn cancel(&self, user_id: Uuid, job_id: Uuid) -> Result<Option<ProgressUpdate>>;
    /// Creates a job with the items that did not succeed in this one (only those with these causes, if there are any; never malformed ids).
    async fn retry(&self, user_id: Uuid, job_id: Uuid, causes: &[FailureCause]) -> Result<Retry>;
    /// Dismisses the job's card. Fails with `JobActive` before the end.
    async fn dismiss(&self, user_id: Uuid, job_id: Uuid) -> Result<()>;
    /// Returns which jobs, of all users, changed, were dismissed or were deleted with their list at or after `since`. Those that workers
    /// have are always among them.
    async fn changes(&self, since: Timestamp) -> Result<Changes>;
    /// Returns user and newest state of each of these jobs.
    async fn states(&self, job_ids: &[Uuid]) -> Result<Vec<(Uuid, ProgressUpdate)>>;
}

/// `GET /api/jobs`.
#[derive(Clone, Debug, Default)]
pub struct JobQuery {
    pub filter: JobFilter,
    /// Only jobs of this list.
    pub list_id: Option<Uuid>,
    /// Only retries of this job.
    pub retry_of: Option<Uuid>,
    /// From the previous page.
    pub cursor: Option<String>,
    /// 1 to 500; 50 if absent.
    pub limit: Option<u32>,
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "short-lived: one per request")]
pub enum Retry {
    /// A new job; its `pending` state must be published.
    Created(ProgressUpdate),
    /// This job is a retry of the same job and still active.
    Active(Uuid),
}

/// Changes of jobs, for the repair of lost updates.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The database's clock, for the next call.
    pub now: Timestamp,
    pub jobs: Vec<JobChange>,
}

/// What may have changed about a job.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct JobChange {
    pub user_id: Uuid,
    pub job_id: Uuid,
    /// Of its newest state.
    #[sqlx(try_from = "i64")]
    pub seq: u64,
    /// Its card was dismissed.
    pub dismissed: bool,
    /// It was deleted.
    pub removed: bool,
}

/// What a query for a page of jobs reads; each kind has an index.
pub(super) enum JobPageKind {
    /// Retries of this job, with every filter: there are few.
    Retries(Uuid),
    /// All of this list.
    OfList(Uuid),
    All,
    /// Those that have not ended, and with [`JobFilter::Recent`] those that ended lately.
    Recent,
}

impl JobQuery {
    pub(super) fn kind(&self) -> JobPageKind {
        match *self {
            Self { retry_of: Some(origin), .. } => JobPageKind::Retries(origin),
            Self { filter: JobFilter::All, list_id: Some(list), .. } => JobPageKind::OfList(list),
            Self { filter: JobFilter::All, .. } => JobPageKind::All,
            Self { filter: JobFilter::Active | JobFilter::Recent, .. } => JobPageKind::Recent,
        }
    }
}

/// A validated query for a page of jobs.
pub(super) struct JobPage {
    /// The row after which the page starts, in descending order; for the first page, a value above all rows.
    pub(super) after: (Micros, Uuid),
    pub(super) limit: PageLimit,
}

impl JobPage {
    /// # Errors
    /// [`super::StoreError::BadCursor`] if the cursor is invalid.
    pub(super) fn new(query: &JobQuery) -> Result<Self> {
        let after = match &query.cursor {
            Some(cursor) => {
                let (created_at, id): (i64, Uuid) = cursor::decode(cursor)?;
                (cursor::instant(created_at)?, id)
            }
            None => (Micros::MAX, Uuid::max()),
        };
        Ok(Self { after, limit: PageLimit::new(query.limit.unwrap_or(DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE) })
    }

    pub(super) fn close(&self, mut rows: Vec<JobRow>) -> Page<Job> {
        let next_cursor = self.limit.finish_page(&mut rows, |row| (row.created_at.0.micros(), row.id));
        Page { items: rows.into_iter().map(Job::from).collect(), next_cursor }
    }
}

/// A job to be made.
pub(super) struct NewJob<'a> {
    pub(super) user_id: Uuid,
    pub(super) list_id: Uuid,
    pub(super) source_name: &'a str,
    pub(super) retry_of: Option<Uuid>,
}

/// The number of events in a response.
pub(super) fn history_limit(limit: u32) -> i64 {
    limit.clamp(1, MAX_EVENTS).into()
}

/// `after_seq` for the comparison; 0 is before all events.
pub(super) fn history_after(after_seq: Option<u64>) -> i64 {
    i64::try_from(after_seq.unwrap_or_default()).unwrap_or(i64::MAX)
}

/// A row of `processing_jobs`, without the worker's columns.
#[derive(FromRow)]
pub(super) struct JobRow {
    id: Uuid,
    list_id: Uuid,
    source_name: String,
    causes: Json<Causes>,
    #[sqlx(flatten)]
    state: StateRow,
    retry_of: Option<Uuid>,
    created_at: Micros,
    started_at: Option<Micros>,
    ended_at: Option<Micros>,
}

/// The newest state of a job, and for what it waits if no worker has it.
#[derive(FromRow)]
pub(super) struct StateRow {
    state: Json<ProgressUpdate>,
    is_queued: bool,
    #[sqlx(flatten)]
    block: BlockRow,
}

impl StateRow {
    pub(super) fn current(self) -> ProgressUpdate {
        if self.is_queued { queued_state(self.state.0, self.block.into()) } else { self.state.0 }
    }
}

/// The latest pause of a source that has not passed.
#[derive(FromRow)]
pub(super) struct BlockRow {
    blocked_until: Option<Micros>,
    reason: Option<String>,
}

impl From<BlockRow> for Option<SourceBlock> {
    fn from(row: BlockRow) -> Self {
        let reason = row.reason.map_or(WaitingReason::Network, |reason| WaitingReason::parse(&reason));
        row.blocked_until.map(|at| SourceBlock { blocked_until: at.0, reason })
    }
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        let state = row.state.current();
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
