//! The database, which is the source of truth.
//!
//! There is one trait per use, implemented for PostgreSQL and for SQLite, and one suite of tests for both (`tests/it/store`). Each
//! implementation contains its statements in full, in its own dialect, and may use any feature of its database. Decisions about rows are
//! made once for both, in this folder and in [`crate::job`]. Rules for every method: the owner is compared in every query that reads a
//! user's data; a job changes only under its row lock; leases, `run_at` and `ended_at` are set and compared by the database's clock only;
//! locks are taken in this order: lists by id, then jobs, then videos by id.

mod accounts;
mod batcher;
mod connection_budget;
mod cursor;
mod error;
mod heavy_reads;
mod housekeeping;
mod imports;
mod instance_lock;
mod jobs;
mod library;
mod micros;
mod open;
mod postgres;
mod queue;
mod receipt;
mod sessions;
mod sqlite;
mod text;

use std::time::Duration;

use tokio::time::timeout;

pub(crate) use self::{
    accounts::Accounts,
    housekeeping::{Housekeeping, Rechecks},
    imports::Imports,
    instance_lock::{acquire_instance_lock, load_or_create_secret},
    jobs::{Changes, Jobs},
    library::Library,
    open::{Stores, open_for},
    queue::Queue,
    sessions::{SessionUser, Sessions, TicketSession},
};
pub use self::{
    error::{Entity, Result, StoreError},
    imports::{ImportTarget, NewImport, StoredImport},
    jobs::{JobChange, JobQuery, Retry},
    open::{lock_data_dir, migrate, open},
    queue::{Claim, ClaimRules, Flush, Lease, Renewal, SourcePause, WorkItem, Written},
    sessions::{Digest, NewSession, SessionKey},
};

/// The database, for every use.
pub trait Store: Accounts + Sessions + Library + Imports + Jobs + Queue + Rechecks + Housekeeping + Send + Sync + 'static {}

impl<T: Accounts + Sessions + Library + Imports + Jobs + Queue + Rechecks + Housekeeping + Send + Sync + 'static> Store for T {}

/// How long a read may take: up to 3 s waiting for a connection, plus reading a page.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A timeout for calls that must answer quickly. If the network drops packets or the server is frozen, the connection does not break, and
/// the database's own timeouts run in the database; this one runs here.
///
/// # Errors
/// Those of the call; [`StoreError::Unavailable`] after `limit`. Its writes may have been committed nevertheless.
pub(crate) async fn with_timeout<T>(limit: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(limit, call)
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable(format!("the database did not answer within {} s", limit.as_secs()).into())))
}
