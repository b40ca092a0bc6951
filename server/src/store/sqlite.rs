//! The store on SQLite. Each statement is written in full where it is used; `tests/it/store/statements.rs` prepares all of them.
//!
//! SQLite has one writer at a time. All writes of this process queue for one connection, in order and without busy-waiting, and their
//! transactions begin IMMEDIATE: what they read stays valid until they end, so rows never have to be locked. Reads have their own
//! connections, which never wait for the writer in WAL mode. `busy_timeout` handles writes of another process (`playmarks user`). The view
//! `clock` is SQLite's own clock, in microseconds with a precision of milliseconds; it is constant throughout a statement. Long lists of
//! values are passed as one JSON text, read with `json_each`.

mod accounts;
mod housekeeping;
mod imports;
mod job_rows;
mod jobs;
mod library;
mod queue;
mod rechecks;
mod sessions;

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Result, heavy_reads::HeavyReads, micros::Micros};

/// A transaction; rolled back when dropped.
type Tx = Transaction<'static, Sqlite>;

/// How long to wait for a writer in another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to queue for the writer of this process: longer than the largest import takes.
const WRITER_TIMEOUT: Duration = Duration::from_secs(30);
/// After this time, a request is better answered with "try again".
const READER_TIMEOUT: Duration = Duration::from_secs(3);
/// Each connection is a thread; more than this do not make one file faster.
const MAX_READERS: u32 = 8;

pub(super) struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
    heavy_reads: Arc<HeavyReads>,
}

impl Database {
    /// Opens the file, which must exist.
    pub(super) async fn connect(file: &Path, connections: u32) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            // With NORMAL, a power failure could lose the last commits, and with them an import that was answered with 200.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = |size| SqlitePoolOptions::new().max_connections(size).idle_timeout(None).max_lifetime(None);
        let writer = pool(1).acquire_timeout(WRITER_TIMEOUT).connect_with(options.clone().optimize_on_close(true, None)).await?;
        let connections = connections.clamp(1, MAX_READERS);
        let readers = pool(connections).acquire_timeout(READER_TIMEOUT).connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self { writer, readers, heavy_reads: HeavyReads::new(connections) })
    }

    pub(super) async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        sqlx::migrate!("../migrations/sqlite").run(&self.writer).await
    }

    /// IMMEDIATE, because a transaction that began as a reader could not become a writer after another write.
    async fn begin(&self) -> Result<Tx> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// The database's clock.
async fn clock(connection: &mut SqliteConnection) -> Result<Micros> {
    Ok(sqlx::query_scalar("SELECT now FROM clock").fetch_one(connection).await?)
}
