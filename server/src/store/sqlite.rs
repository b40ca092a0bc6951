//! The store on SQLite. Every statement stands whole where it is used; `tests::statements` prepares each of them.
//!
//! SQLite has one writer at a time. All writes of this process queue for one connection, in order and without busy-waiting, and its
//! transactions begin IMMEDIATE: what one reads stays true until it ends, so that no row is ever locked. Reads have connections of their
//! own, which under WAL never wait for it. Another process (`playmarks user`) is met by `busy_timeout`. The view `clock` is SQLite's own
//! clock, to the millisecond, as microseconds; the same throughout one statement. Many values travel as one JSON text, read by `json_each`.

mod accounts;
mod housekeeping;
mod imports;
mod job_rows;
mod jobs;
mod library;
mod queue;
mod sessions;

use std::{path::Path, time::Duration};

use sqlx::{
    Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Result, micros::Micros};

/// A transaction; rolled back where it is dropped.
type Tx = Transaction<'static, Sqlite>;

/// How long to wait for a writer in another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to queue for the writer in this one: longer than the largest import takes.
const WRITER_TIMEOUT: Duration = Duration::from_secs(30);
/// After this a request is better told "try again" than left waiting.
const READER_TIMEOUT: Duration = Duration::from_secs(3);
/// Each is a thread; more than this gain nothing on one file.
const MAX_READERS: u32 = 8;

/// A SQLite database.
pub(super) struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Database {
    /// Opens the file, which exists.
    pub(super) async fn connect(file: &Path, connections: u32) -> sqlx::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL would lose the last commits in a power cut, and with them an import that was answered with 200.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = |size| SqlitePoolOptions::new().max_connections(size).idle_timeout(None).max_lifetime(None);
        let writer = pool(1).acquire_timeout(WRITER_TIMEOUT).connect_with(options.clone().optimize_on_close(true, None)).await?;
        let readers = pool(connections.clamp(1, MAX_READERS)).acquire_timeout(READER_TIMEOUT).connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self { writer, readers })
    }

    /// Brings the tables to this version.
    pub(super) async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        sqlx::migrate!("../migrations/sqlite").run(&self.writer).await
    }

    /// IMMEDIATE: a transaction that began as a reader could not become a writer after somebody else's write.
    async fn begin(&self) -> Result<Tx> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// The database's clock.
async fn clock(connection: &mut SqliteConnection) -> Result<Micros> {
    Ok(sqlx::query_scalar("SELECT now FROM clock").fetch_one(connection).await?)
}
