//! Errors of the store, and which database errors are temporary, caused by the disk, or bugs.

use uuid::Uuid;

use crate::import::ImportError;

/// The result of a store method.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What users request by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    List,
    Job,
    /// A session of an account.
    Session,
}

/// Why a store method failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row does not exist.
    #[error("{0:?} not found")]
    NotFound(Entity),
    /// The row belongs to somebody else.
    #[error("{0:?} belongs to somebody else")]
    Forbidden(Entity),
    /// An account with this address exists already.
    #[error("address taken")]
    EmailTaken,
    /// `only_if_first` was set, and there is an account already.
    #[error("registration closed")]
    RegistrationClosed,
    /// Not allowed while the job is active.
    #[error("job is active")]
    JobActive,
    /// The job has no video left to retry.
    #[error("nothing to retry")]
    NothingToRetry,
    /// The cursor is invalid.
    #[error("bad cursor")]
    BadCursor,
    /// The file turned out to be invalid while it was stored; nothing of it was stored.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The database is unreachable, is restarting, or has no free connection. Retrying helps.
    #[error("database unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another change, such as a large import, holds a lock on these rows. Nothing was changed; retrying helps.
    #[error("locked by another change: {0}")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The user's other searches and downloads take too long. Retrying helps once they are done.
    #[error("too many reads of one user")]
    TooManyReads,
    /// The searches and downloads of all users take too long. Retrying helps.
    #[error("too many reads of all users")]
    ReadsBusy,
    /// The database gave up a statement that took too long. Nothing was changed; a smaller request may succeed.
    #[error("a statement took too long: {0}")]
    TooSlow(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database cannot write because its disk is full or read-only. Nothing was changed.
    #[error("database cannot write: {0}")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Any other error: a bug or a damaged file.
    #[error("database: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// True if the same call may succeed when it is retried later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Busy(_) | Self::TooManyReads | Self::ReadsBusy | Self::TooSlow(_) | Self::Unwritable(_))
    }
}

/// The account that owns deleted lists and jobs until [`super::Housekeeping::remove_deleted`] has removed their rows. As every query compares
/// the owner, they are in no user's sight.
pub(super) const NOBODY: Uuid = Uuid::nil();

/// Compares the owner of the row, if it exists and is not deleted, with the user.
pub(super) fn require_owner(owner: Option<Uuid>, user_id: Uuid, entity: Entity) -> Result<()> {
    match owner {
        None | Some(NOBODY) => Err(StoreError::NotFound(entity)),
        Some(owner) if owner == user_id => Ok(()),
        Some(_) => Err(StoreError::Forbidden(entity)),
    }
}

/// PostgreSQL's codes for temporary errors: shutdown or startup, idle-in-transaction timeout, read-only after a
/// failover, too many connections, deadlock, serialization failure. All of class 08 (connection) are temporary, too.
const TRANSIENT_CODES: [&str; 9] = ["57P01", "57P02", "57P03", "57P05", "25P03", "25006", "53300", "40P01", "40001"];
/// PostgreSQL's code for a lock wait longer than `lock_timeout`.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// PostgreSQL's code for a statement that took longer than `statement_timeout`, or that an operator cancelled.
const QUERY_CANCELED: &str = "57014";
/// PostgreSQL's code for a full disk.
const DISK_FULL: &str = "53100";

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.code().is_some_and(|code| is_disk_error(&code)) => Self::Unwritable(Box::new(error)),
            sqlx::Error::Database(database) if database.code().is_some_and(|code| code == LOCK_NOT_AVAILABLE) => Self::Busy(Box::new(error)),
            sqlx::Error::Database(database) if database.code().is_some_and(|code| code == QUERY_CANCELED) => Self::TooSlow(Box::new(error)),
            _ if is_transient(&error) => Self::Unavailable(Box::new(error)),
            _ => Self::Internal(Box::new(error)),
        }
    }
}

fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        // sqlx reports this if a connection is closed during the handshake, as a load balancer without a server behind it does.
        sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| TRANSIENT_CODES.contains(&&*code) || code.starts_with("08") && code.len() == 5 || is_busy(&code))
        }
        _ => false,
    }
}

/// SQLite's BUSY (5) and LOCKED (6).
fn is_busy(code: &str) -> bool {
    matches!(sqlite_primary_code(code), Some(5 | 6))
}

/// A full disk: SQLite's READONLY (8), IOERR (10, also for a file that may not grow), FULL (13) and CANTOPEN (14).
fn is_disk_error(code: &str) -> bool {
    code == DISK_FULL || matches!(sqlite_primary_code(code), Some(8 | 10 | 13 | 14))
}

/// SQLite's primary code, which is the low byte of its extended codes. SQLSTATEs have five characters, SQLite's codes fewer.
fn sqlite_primary_code(code: &str) -> Option<u32> {
    if code.len() < 5 { code.parse::<u32>().ok().map(|code| code & 0xff) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_connection_is_unavailable_and_missing_row_is_internal() {
        assert!(matches!(StoreError::from(sqlx::Error::PoolTimedOut), StoreError::Unavailable(_)));
        assert!(matches!(StoreError::from(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())), StoreError::Unavailable(_)));
        assert!(matches!(StoreError::from(sqlx::Error::Protocol("unexpected response from SSLRequest: 0x00".into())), StoreError::Unavailable(_)));
        assert!(matches!(StoreError::from(sqlx::Error::RowNotFound), StoreError::Internal(_)));
    }

    #[test]
    fn sqlite_busy_and_locked_codes_are_transient() {
        assert!(["5", "6", "261", "517"].into_iter().all(is_busy));
        assert!(!["1", "13", "2067", "00005"].into_iter().any(is_busy));
    }

    #[test]
    fn disk_full_and_read_only_codes_are_unwritable() {
        assert!(["53100", "13", "8", "1032", "778", "4874", "14"].into_iter().all(is_disk_error));
        assert!(!["1", "5", "2067", "53300", "00013"].into_iter().any(is_disk_error));
    }
}
