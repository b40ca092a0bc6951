//! The database: everything that is true is in here.
//!
//! One trait for each use of it, implemented twice, on PostgreSQL and on SQLite, under one suite of tests (`tests/it/store`). Each
//! implementation has its statements whole, where they run, in its own dialect, and may use whatever its database has; what is decided
//! about rows is decided once, above the statements, in this folder and in [`crate::job`]. Rules that hold for every method: the owner is
//! compared in every query that reads a user's data; a job changes only under its row lock; leases, `run_at` and `ended_at` are set and
//! compared by the database's clock alone; locks are taken lists by id, then jobs, then videos by id.

mod accounts;
mod connection_budget;
mod cursor;
mod error;
mod housekeeping;
mod imports;
mod instance_lock;
mod jobs;
mod library;
mod micros;
mod open;
mod owner;
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
    housekeeping::Housekeeping,
    imports::Imports,
    instance_lock::{acquire_instance_lock, load_or_create_secret},
    jobs::{Changes, Jobs},
    library::Library,
    open::{Stores, open_for},
    queue::Queue,
    sessions::{SessionUser, Sessions},
};
pub use self::{
    error::{Entity, Result, StoreError},
    imports::{ImportTarget, NewImport, StoredImport},
    jobs::{JobQuery, Retry},
    open::{lock_data_dir, migrate, open},
    queue::{Claim, ClaimRules, Lease, Renewal, WorkItem, Written},
    receipt::ItemQuery,
    sessions::{Digest, NewSession},
};

/// The database, for every use.
pub trait Store: Accounts + Sessions + Library + Imports + Jobs + Queue + Housekeeping + Send + Sync + 'static {}

impl<T: Accounts + Sessions + Library + Imports + Jobs + Queue + Housekeeping + Send + Sync + 'static> Store for T {}

/// How long a call that reads may take: it waits 3 s for a connection at most, and reads a page.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A call of the store that has to answer in time. A network that swallows packets, or a frozen server, breaks no connection, and the time
/// limits of a database count in the database; whoever waits here waits no longer.
///
/// # Errors
/// Those of the call; [`StoreError::Unavailable`] where it took longer than `limit`. What it wrote may have been committed.
pub(crate) async fn with_timeout<T>(limit: Duration, call: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(limit, call)
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable(format!("the database did not answer within {} s", limit.as_secs()).into())))
}
