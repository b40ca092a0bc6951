//! The database behind one trait: everything that is true is in here.
//!
//! Two implementations, PostgreSQL and SQLite, pass one contract suite (`tests/it/store`). Rules that hold for every method:
//! the owner is compared in every query that reads a user's data; a job changes only under its row lock; leases, `run_at`
//! and `ended_at` are set and compared by the database's clock alone; locks are taken lists by id, then jobs, then videos by id.

use std::time::Duration;

use app::wire::{
    Account, FailureCause, ImportFormat, Job, JobFilter, JobItem, List, Page, ProgressUpdate, Rejection, Session, Timestamp, Verdict, Video, VideoFilter,
};
use async_trait::async_trait;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    import::{ImportError, ImportLine},
    job::{Ending, ItemResult},
};

/// A SHA-256: secrets are stored hashed and looked up by their hash.
pub type Digest = [u8; 32];

/// What a method of the store may answer.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What a user asks for by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// A list.
    List,
    /// A job.
    Job,
    /// A session of an account.
    Session,
}

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such row.
    #[error("{0:?} not found")]
    NotFound(Entity),
    /// The row belongs to somebody else.
    #[error("{0:?} belongs to somebody else")]
    Forbidden(Entity),
    /// The address has an account.
    #[error("address taken")]
    EmailTaken,
    /// `only_if_first`, and somebody was first.
    #[error("registration closed")]
    RegistrationClosed,
    /// Not possible while the job is active.
    #[error("job is active")]
    JobActive,
    /// No video of that job is left to try again.
    #[error("nothing to retry")]
    NothingToRetry,
    /// The cursor is not one that was given out.
    #[error("bad cursor")]
    BadCursor,
    /// The file turned out bad while it was stored; nothing of it exists.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The database cannot be reached, is restarting, or has no connection free. Trying again helps.
    #[error("database away: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: a bug, a full disk, a broken file.
    #[error("database: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A session to open.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose.
    pub user_id: Uuid,
    /// Of the cookie's value.
    pub cookie_hash: Digest,
    /// Of the refresh token.
    pub refresh_hash: Digest,
    /// As the client names itself, at most 200 characters.
    pub user_agent: String,
    /// How long it lives unused.
    pub ttl: Duration,
}

/// A live session and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionUser {
    /// The session.
    pub session_id: Uuid,
    /// Its user.
    pub account: Account,
}

/// What an import is, beside its lines.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// Who uploads.
    pub user_id: Uuid,
    /// Into which list.
    pub list_id: Uuid,
    /// The file's name, at most 200 characters.
    pub source_name: String,
    /// What kind of file it is.
    pub format: ImportFormat,
}

/// What became of an import.
#[derive(Clone, Debug)]
pub struct StoredImport {
    /// The job's `pending` state, to be published; `None` where nothing was new.
    pub job: Option<ProgressUpdate>,
    /// Lines with a verdict.
    pub total: u32,
    /// Of those, work.
    pub accepted: u32,
    /// Of those, there already.
    pub duplicates: u32,
    /// The first 100 rejected lines.
    pub rejected: Vec<Rejection>,
    /// All of them.
    pub rejected_count: u32,
}

/// `GET /api/jobs`.
#[derive(Clone, Debug, Default)]
pub struct JobQuery {
    /// Which.
    pub filter: JobFilter,
    /// Only of this list.
    pub list_id: Option<Uuid>,
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 500.
    pub limit: u32,
}

/// `GET /api/jobs/{id}/items`.
#[derive(Clone, Debug, Default)]
pub struct ItemQuery {
    /// Only lines of this verdict.
    pub verdict: Option<Verdict>,
    /// Only failures of this cause.
    pub cause: Option<FailureCause>,
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 5000.
    pub limit: u32,
}

/// What a retry led to.
#[derive(Clone, Debug)]
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

/// The right to write to a job: checked in every write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job_id: Uuid,
    /// Whose it is; for publishing.
    pub user_id: Uuid,
    /// Made anew by every claim: the fencing token.
    pub token: Uuid,
}

/// A claimed job.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The right to it.
    pub lease: Lease,
    /// Its newest state.
    pub state: ProgressUpdate,
    /// Asked to stop already.
    pub cancel_requested: bool,
    /// Since when it has waited for its source, if it does.
    pub waiting_since: Option<Timestamp>,
    /// The database's clock.
    pub now: Timestamp,
}

/// How claims are made.
#[derive(Clone, Debug)]
pub struct ClaimRules {
    /// How long a lease lasts unrenewed.
    pub lease: Duration,
    /// Running jobs one user may have.
    pub per_user: u32,
    /// The source's name: nothing is claimed while it is blocked.
    pub source: String,
    /// Voided leases after which the job ends `failed`.
    pub max_attempts: u32,
}

/// An item to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// The input line; names the item within its job.
    pub line: u32,
    /// The row in the list; `None` for a malformed id.
    pub video_id: Option<Uuid>,
    /// The id to look up; for a malformed one, the text as it was.
    pub youtube_id: String,
}

/// What a write under a lease led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Committed; the newest state is to be published.
    Stored {
        /// The job's newest state.
        state: Box<ProgressUpdate>,
        /// Somebody asked the job to stop.
        cancel_requested: bool,
    },
    /// The lease is somebody else's by now: nothing was written, and nothing more may be.
    LeaseLost,
}

/// What renewing a lease led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Held for another term.
    Held {
        /// Somebody asked the job to stop.
        cancel_requested: bool,
        /// Another user's job is due and unclaimed.
        others_waiting: bool,
    },
    /// As in [`Written::LeaseLost`].
    LeaseLost,
}

/// The database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // --- the instance -------------------------------------------------------------------------------------------

    /// Answers if the database does.
    async fn ping(&self) -> Result<()>;

    /// The secret that every process of this system shares: `candidate` is stored if there is none yet; the stored one is answered.
    async fn instance_secret(&self, candidate: &[u8]) -> Result<Vec<u8>>;

    // --- accounts and sessions ----------------------------------------------------------------------------------

    /// A new account. `email` is in lower case. With `only_if_first`, refused once there is an account.
    async fn create_user(&self, email: &str, password_hash: &str, only_if_first: bool) -> Result<Account>;
    /// The account of an address and its password hash.
    async fn credentials(&self, email: &str) -> Result<Option<(Account, String)>>;
    /// Sets a new password hash and ends every session but `keep`; answers the ended ones.
    async fn set_password(&self, user_id: Uuid, password_hash: &str, keep: Option<Uuid>) -> Result<Vec<Uuid>>;
    /// Deletes the account with everything in it; answers its sessions.
    async fn delete_user(&self, user_id: Uuid) -> Result<Vec<Uuid>>;

    /// Opens a session.
    async fn open_session(&self, session: NewSession) -> Result<Uuid>;
    /// The live session of a cookie. Prolongs it (at most once in five minutes).
    async fn session_by_cookie(&self, cookie_hash: &Digest) -> Result<Option<SessionUser>>;
    /// The live session of a refresh token. Prolongs it likewise.
    async fn session_by_refresh(&self, refresh_hash: &Digest) -> Result<Option<SessionUser>>;
    /// A session, if it lives.
    async fn session(&self, session_id: Uuid) -> Result<Option<SessionUser>>;
    /// Which of these sessions live.
    async fn live_sessions(&self, session_ids: &[Uuid]) -> Result<Vec<Uuid>>;
    /// A user's live sessions, newest first; `current` is false in all.
    async fn sessions(&self, user_id: Uuid) -> Result<Vec<Session>>;
    /// Ends one session of this user. Idempotent; `NotFound` where it never was this user's.
    async fn end_session(&self, user_id: Uuid, session_id: Uuid) -> Result<()>;

    /// Stores a WebSocket ticket.
    async fn issue_ticket(&self, ticket_hash: &Digest, session_id: Uuid, ttl: Duration) -> Result<()>;
    /// Spends a ticket: `DELETE … RETURNING`, so once only. `None` where it is unknown, expired, or its session ended.
    async fn spend_ticket(&self, ticket_hash: &Digest) -> Result<Option<SessionUser>>;

    /// Counts an attempt under `key` in the current window and answers how many there are in it.
    async fn count_attempt(&self, key: &str, window: Duration) -> Result<u32>;
    /// Forgets what is past: expired sessions, tickets and counters. Safe to call at any time from anywhere.
    async fn sweep(&self) -> Result<()>;

    // --- lists and videos ---------------------------------------------------------------------------------------

    /// A user's lists, newest first.
    async fn lists(&self, user_id: Uuid) -> Result<Vec<List>>;
    /// A new, empty list.
    async fn create_list(&self, user_id: Uuid, name: &str) -> Result<List>;
    /// One list.
    async fn list(&self, user_id: Uuid, list_id: Uuid) -> Result<List>;
    /// Renames a list.
    async fn rename_list(&self, user_id: Uuid, list_id: Uuid, name: &str) -> Result<List>;
    /// Deletes a list with its videos and jobs; answers the jobs.
    async fn delete_list(&self, user_id: Uuid, list_id: Uuid) -> Result<Vec<Uuid>>;
    /// One page of a list's videos.
    async fn videos(&self, user_id: Uuid, list_id: Uuid, filter: &VideoFilter) -> Result<Page<Video>>;
    /// One video of a list by YouTube's id.
    async fn video_by_youtube_id(&self, user_id: Uuid, list_id: Uuid, youtube_id: &str) -> Result<Option<Video>>;
    /// Deletes videos from a list; unknown ids are passed over.
    async fn delete_videos(&self, user_id: Uuid, list_id: Uuid, video_ids: &[Uuid]) -> Result<()>;

    // --- imports and jobs, as users see them --------------------------------------------------------------------

    /// Stores a whole import in one transaction: videos, job, items, the `pending` event. Lines arrive in order; an `Err` among
    /// them rolls everything back. Memory does not grow with their number.
    async fn store_import(&self, import: NewImport, lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<StoredImport>;
    /// One page of a user's jobs, newest first.
    async fn jobs(&self, user_id: Uuid, query: &JobQuery) -> Result<Page<Job>>;
    /// One job.
    async fn job(&self, user_id: Uuid, job_id: Uuid) -> Result<Job>;
    /// The newest state of each active job, and of each that ended in the last five minutes and was not dismissed, oldest job first.
    async fn snapshot(&self, user_id: Uuid) -> Result<Vec<ProgressUpdate>>;
    /// Stored events, by `seq`, oldest first: those after the instant `since` (exclusive) and with a higher `seq` than `after_seq`.
    async fn history(&self, user_id: Uuid, job_id: Uuid, since: Option<Timestamp>, after_seq: Option<u64>, limit: u32) -> Result<Vec<ProgressUpdate>>;
    /// One page of a job's receipt, by line.
    async fn items(&self, user_id: Uuid, job_id: Uuid, query: &ItemQuery) -> Result<Page<JobItem>>;
    /// Asks a job to stop. Unclaimed or its lease expired: ended here and now, and the terminal state answered, to be published.
    async fn cancel(&self, user_id: Uuid, job_id: Uuid) -> Result<Option<ProgressUpdate>>;
    /// A new job over what has not succeeded in this one (of those causes, if any are named; never malformed ids).
    async fn retry(&self, user_id: Uuid, job_id: Uuid, causes: &[FailureCause]) -> Result<Retry>;
    /// Puts the card away. `JobActive` before the end.
    async fn dismiss(&self, user_id: Uuid, job_id: Uuid) -> Result<()>;
    /// Jobs of these users that changed, or were dismissed, at or after `since`.
    async fn changes(&self, user_ids: &[Uuid], since: Timestamp) -> Result<Changes>;

    // --- the worker ---------------------------------------------------------------------------------------------

    /// Claims the next due job: fewest running jobs of its user first, then smallest `run_at`. Taking over an expired lease counts
    /// an attempt. A job at `max_attempts` is passed over; [`Self::take_poisoned`] ends it.
    async fn claim(&self, rules: &ClaimRules) -> Result<Option<Claim>>;
    /// Ends jobs whose leases were voided `max_attempts` times; answers user and terminal state, to be published.
    async fn take_poisoned(&self, max_attempts: u32) -> Result<Vec<(Uuid, ProgressUpdate)>>;
    /// Items without outcome with a line above `after_line`, by line.
    async fn untried_items(&self, lease: &Lease, after_line: u32, limit: u32) -> Result<Vec<WorkItem>>;
    /// One transaction: outcomes of items and videos, counts, a state per result, events, the lease extended; and the job's end, if it
    /// is one. Untried items of an ended job become `cancelled`, or stay untried where it failed.
    async fn flush(&self, lease: &Lease, results: &[ItemResult], eta_seconds: Option<u32>, end: Option<Ending>, term: Duration) -> Result<Written>;
    /// Extends the lease.
    async fn renew(&self, lease: &Lease, term: Duration) -> Result<Renewal>;
    /// Hands the job back: token cleared, `run_at` now. Nothing where the lease is lost.
    async fn release(&self, lease: &Lease) -> Result<()>;
    /// The source cannot be used for `pause`: blocks it for all workers, stores the job's waiting state, and hands the job back.
    async fn wait_for_source(&self, lease: &Lease, source: &str, pause: Duration) -> Result<Written>;
    /// Voids every lease: at the start of the only process that works on this database.
    async fn void_leases(&self) -> Result<()>;
}
