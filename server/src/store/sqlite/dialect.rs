//! Connections and transactions of SQLite.
//!
//! SQLite has one writer at a time. All writes of this process queue for one connection, in order and without busy-waiting; reads have
//! connections of their own, which under WAL never wait for it. Another process (`playmarks user`) is met by `busy_timeout`.

use std::{path::Path, time::Duration};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    types::Json,
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::store::Result;

/// The driver.
pub(in crate::store) type Db = sqlx::Sqlite;
/// A transaction.
pub(in crate::store) type Tx = sqlx::Transaction<'static, Db>;
/// Ids as one bound value.
pub(in crate::store) type Ids = Json<Vec<String>>;

/// How long to wait for a writer in another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to queue for the writer in this one: longer than the largest import takes.
const WRITER_TIMEOUT: Duration = Duration::from_secs(30);
/// As for PostgreSQL.
const READER_TIMEOUT: Duration = Duration::from_secs(3);
/// Each is a thread; more than this gain nothing on one file.
const MAX_READERS: u32 = 8;

/// A SQLite database.
pub(in crate::store) struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Database {
    /// Opens the file, which exists.
    pub(in crate::store) async fn connect(file: &Path, connections: u32) -> sqlx::Result<Self> {
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
    pub(in crate::store) async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        sqlx::migrate!("../migrations/sqlite").run(&self.writer).await
    }

    /// Whoever copies the file alone has everything afterwards. The last connection to close brings over what is in the log beside it and
    /// deletes that (`sqlite3WalClose`); while another process has the file open, there is no last one, and it is brought over by itself.
    pub(in crate::store) async fn close(&self) {
        if self.writer.is_closed() {
            return;
        }
        if timeout(READER_TIMEOUT / 3, self.readers.close()).await.is_err() {
            tracing::warn!("the database is still read; the log beside its file (-wal) stays");
        }
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&self.writer).await {
            tracing::warn!(%error, "the database's file is not whole without the log beside it (-wal)");
        }
        self.writer.close().await;
    }

    /// For single statements that read.
    pub(in crate::store) fn reader(&self) -> &SqlitePool {
        &self.readers
    }

    /// For single statements that write.
    pub(in crate::store) fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// For more than one statement. IMMEDIATE: a transaction that began as a reader could not become a writer after somebody else's write.
    pub(in crate::store) async fn begin(&self) -> Result<Tx> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// The same: whoever waits here waits for the writer.
    pub(in crate::store) async fn begin_locking(&self) -> Result<Tx> {
        self.begin().await
    }
}

/// What only one transaction does at a time; here that is every one.
#[derive(Clone, Copy)]
pub(in crate::store) enum Gate {
    /// Claiming a job.
    Claims,
    /// Making the first account.
    FirstAccount,
    /// Sweeping.
    Sweep,
}

impl Gate {
    /// Open: the transaction is the only writer.
    pub(in crate::store) async fn pass(self, _tx: &mut Tx) -> Result<()> {
        Ok(())
    }
}

/// Held already: the transaction is the only writer.
pub(in crate::store) async fn lock_playlists(_tx: &mut Tx, _user_id: Uuid) -> Result<()> {
    Ok(())
}

/// For `one_of!`.
pub(in crate::store) fn ids(ids: &[Uuid]) -> Ids {
    Json(ids.iter().map(|id| id.simple().to_string()).collect())
}
