//! The database behind one trait: everything that is true is in here.
//!
//! Two implementations, PostgreSQL and SQLite, pass one contract suite (`tests/it/store`). Rules that hold for every method:
//! the owner is compared in every query that reads a user's data; a job changes only under its row lock; leases, `run_at`
//! and `ended_at` are set and compared by the database's clock alone; locks are taken lists by id, then jobs, then videos by id.
//!
//! The statements are written once, in `store/sql/*.rs`. Those files are compiled twice, inside `postgres` and inside `sqlite`, each of
//! which defines the few fragments in which the dialects differ.

mod alone;
mod cursor;
mod errors;
mod micros;
mod model;
mod open;
mod owner;
mod playlists;
mod postgres;
mod rows;
mod shares;
mod sqlite;
mod text;

use std::time::Duration;

use app::{
    progress::Outline,
    wire::{Account, FailureCause, Job, JobItem, List, Page, ProgressUpdate, Session, Timestamp, Video, VideoFilter},
};
use async_trait::async_trait;
use tokio::sync::mpsc;
use uuid::Uuid;

pub use self::alone::{Alone, claim_alone, keep_secret};
pub use self::{
    model::{
        Changes, Claim, ClaimRules, Digest, Entity, ImportInto, ItemQuery, JobQuery, Lease, NewImport, NewSession, Renewal, Result, Retry,
        SessionUser, StoreError, StoredImport, WorkItem, Written,
    },
    open::{DataDirLock, Stores, lock_data_dir, migrate, open, open_for},
};
use crate::{
    import::{ImportError, ImportLine, Playlist},
    job::{Ending, ItemResult},
};

/// The history's statement, the same in both dialects; public so that its plan can be looked at. `$1` job, `$2` user, `$3` since,
/// `$4` after that `seq`, `$5` limit. Both conditions are always there, so that it is planned once: by the index on `(job_id, seq)`, in
/// whose order it reads.
pub const HISTORY: &str = concat!(
    "SELECT e.progress_data FROM job_progress_events e JOIN processing_jobs j ON j.id = e.job_id",
    " WHERE e.job_id = $1 AND j.user_id = $2 AND e.created_at > $3 AND CAST(e.progress_data ->> 'seq' AS BIGINT) > $4",
    " ORDER BY CAST(e.progress_data ->> 'seq' AS BIGINT) LIMIT $5"
);

/// The database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // --- the instance -------------------------------------------------------------------------------------------

    /// Answers if the database does.
    async fn ping(&self) -> Result<()>;

    /// Lets go of the database; SQLite's file is whole by itself then. Waits for what is under way, and refuses what comes later.
    async fn close(&self);

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
    /// The lists that an import of these playlists would fill: id and name, `None` where it would make one.
    async fn lists_of_playlists(&self, user_id: Uuid, playlists: &[Playlist]) -> Result<Vec<Option<(Uuid, String)>>>;
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
    /// Which of these ids the list has.
    async fn known_videos(&self, user_id: Uuid, list_id: Uuid, youtube_ids: &[String]) -> Result<Vec<String>>;
    /// Deletes videos from a list; unknown ids are passed over.
    async fn delete_videos(&self, user_id: Uuid, list_id: Uuid, video_ids: &[Uuid]) -> Result<()>;

    // --- imports and jobs, as users see them --------------------------------------------------------------------

    /// Stores a whole import in one transaction, into all of its lists: videos, jobs, items, the `pending` events. Lines arrive in order;
    /// an `Err` among them rolls everything back. Memory does not grow with their number. Answers each list, in order.
    async fn store_import(&self, import: NewImport, lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Vec<StoredImport>>;
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
    async fn outline(&self, user_id: Uuid, job_id: Uuid) -> Result<Outline>;
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
    /// While the source is blocked: jobs that no worker has, and that would be due before it is back, wait for it as visibly. One that
    /// has waited for `longest` ends. Answers user and state of some of them, to be published; nothing where the source is not blocked.
    async fn hold_back(&self, source: &str, longest: Duration) -> Result<Vec<(Uuid, ProgressUpdate)>>;
    /// The source may be asked again at once, and what waits is due.
    async fn forget_block(&self, source: &str) -> Result<()>;
    /// Voids every lease: at the start of the only process that works on this database.
    async fn void_leases(&self) -> Result<()>;
    /// Thins the history of a few jobs that ended at least `ended_for` ago to the first event, those with an `error`, and the terminal one;
    /// answers how many jobs, 0 once there are no more. Each is thinned once. Safe to call at any time from anywhere.
    async fn thin_history(&self, ended_for: Duration) -> Result<u32>;
}
