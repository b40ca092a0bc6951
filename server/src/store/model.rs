//! What goes into the store and comes out of it, beside the types of the wire.

use std::time::Duration;

use app::wire::{Account, FailureCause, JobFilter, ProgressUpdate, Timestamp, Verdict};
use uuid::Uuid;

use crate::import::{Counts, ImportError, Playlist};

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
    /// Somebody else's change, such as a large import, has locked what this would change. Nothing was changed; trying again helps.
    #[error("somebody else's change goes first: {0}")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database cannot write: its disk is full or read-only. Nothing was changed.
    #[error("database cannot write: {0}")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else: a bug, a broken file.
    #[error("database: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// True where the same is worth trying again by whoever can wait: nothing about it is wrong.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Busy(_) | Self::Unwritable(_))
    }
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
    /// The file's name, at most 200 characters.
    pub source_name: String,
    /// Where its lines go.
    pub into: ImportInto,
}

/// The lists of an import; a line names one by its number.
#[derive(Clone, Debug)]
pub enum ImportInto {
    /// One that is there.
    List(Uuid),
    /// One for each playlist, found again by what the file calls it, or made.
    Playlists(Vec<Playlist>),
}

/// What became of an import in one list.
#[derive(Clone, Debug)]
pub struct StoredImport {
    /// The list.
    pub list_id: Uuid,
    /// Its name.
    pub list_name: String,
    /// The job's `pending` state, to be published; `None` where nothing was new.
    pub job: Option<ProgressUpdate>,
    /// The verdicts.
    pub counts: Counts,
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

/// `GET /api/jobs/{id}/items`.
#[derive(Clone, Debug, Default)]
pub struct ItemQuery {
    /// Only lines of this verdict.
    pub verdict: Option<Verdict>,
    /// Only failures of this cause.
    pub cause: Option<FailureCause>,
    /// Only lines with this in what was read, in the reason, or in the video's title or channel.
    pub q: Option<String>,
    /// Only this line of the file and those after it.
    pub from_line: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 5000.
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
    /// The row in the list; `None` for a malformed id, and where the video was deleted since.
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
