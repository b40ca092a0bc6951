//! The store on PostgreSQL. Every statement stands whole where it is used; `tests::statements` prepares each of them.
//!
//! The clock is `clock_timestamp()`: `now()` is the start of the transaction, which lies before the wait for a row lock. Where an index
//! is searched with it, it is read as a subquery, once a statement. Locks are those of a transaction, which also hold where a pooler hands
//! out connections for one transaction at a time.

mod accounts;
mod housekeeping;
mod imports;
mod job_rows;
mod jobs;
mod library;
mod queue;
mod sessions;

use std::{str::FromStr, time::Duration};

use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use super::{Result, StoreError, micros::Micros};

/// A transaction; rolled back where it is dropped. READ COMMITTED: what follows a row lock sees what its last holder committed.
type Tx = Transaction<'static, Postgres>;

/// After this a request is better told "try again" than left waiting.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a connection may take to answer when it comes back to the pool, or has been idle in it; then it is closed.
const PING_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was used a moment ago is not tested again.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// How long a request waits for a row that somebody else has locked. An import locks its list for as long as its file is long, and who
/// waits for that holds a connection.
const LOCK_TIMEOUT: &str = "3s";

/// Advisory locks, held until the transaction ends. Above "playmark" in ASCII, so that other programs' locks are not ours.
#[derive(Clone, Copy)]
enum AdvisoryLock {
    /// Claiming a job.
    Claims = 1,
    /// Making the first account.
    FirstAccount = 2,
    /// Deleting what has expired.
    DeleteExpired = 3,
}

impl AdvisoryLock {
    const NAMESPACE: i64 = 0x706c_6179_6d61_726b;
}

/// A PostgreSQL database, over connections of its own.
pub(super) struct Database {
    pool: PgPool,
    /// For what may wait for a lock that another request holds.
    locking: PgPool,
}

impl Database {
    /// Connects, so that a wrong address is told at the start.
    pub(super) async fn connect(url: &str, connections: u32) -> sqlx::Result<Self> {
        // A process that freezes in the middle of a transaction, or a machine that loses its power, leaves its locks; in the middle of a
        // claim it stops all workers. PostgreSQL takes them away soon; none of ours is idle in a transaction for longer than a moment.
        // And what nobody waits for any more is not to go on holding its locks.
        let options = PgConnectOptions::from_str(url)?.application_name("playmarks").options([
            // A session plans a statement, and the check of a foreign key, five times at most and then keeps the plan (choose_custom_plan
            // in PostgreSQL's plancache.c). Planned while a table is empty that would be a sequential scan, which an import of 20 000
            // videos then repeats for each of its rows. Every statement here reads by an index; where one cannot, the "off" costs it 10^10,
            // which must not be taken for a reason to compile it (jit_above_cost).
            ("enable_seqscan", "off"),
            ("jit", "off"),
            ("lock_timeout", LOCK_TIMEOUT),
            ("statement_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("tcp_keepalives_idle", "15"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]);
        let pool = pool(connections).connect_with(options).await?;
        Ok(Self { locking: pool.clone(), pool })
    }

    /// The same, but what may wait for a lock that another request holds has so many connections for itself; 0 leaves it among the others.
    pub(super) fn with_locking(self, connections: u32) -> Self {
        if connections == 0 {
            return self;
        }
        let locking = pool(connections).connect_lazy_with(PgConnectOptions::clone(&self.pool.connect_options()));
        Self { locking, ..self }
    }

    /// The same database over so many other connections, for parts of the process that can wait for a lock.
    pub(super) fn apart(&self, connections: u32) -> Self {
        let options = PgConnectOptions::clone(&self.pool.connect_options()).options([("lock_timeout", "0")]);
        let pool = pool(connections).connect_lazy_with(options);
        Self { locking: pool.clone(), pool }
    }

    /// Brings the tables to this version, under sqlx's advisory lock.
    pub(super) async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        // By a connection without the limits: a large table takes long to change, and is read whole for it.
        let unlimited = [("statement_timeout", "0"), ("lock_timeout", "0"), ("enable_seqscan", "on")];
        let options = PgConnectOptions::clone(&self.pool.connect_options()).options(unlimited);
        let pool = pool(1).connect_with(options).await?;
        let migrated = sqlx::migrate!("../migrations/postgres").run(&pool).await;
        pool.close().await;
        migrated
    }

    async fn begin(&self) -> Result<Tx> {
        Ok(self.pool.begin().await?)
    }

    /// For what may wait for a lock that another request holds: where all connections for that wait already, it is told so.
    async fn begin_locking(&self) -> Result<Tx> {
        self.locking.begin().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => StoreError::Busy(Box::new(error)),
            error => error.into(),
        })
    }
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        // sqlx tests connections without a time limit: one behind a network that swallows packets would be lost to the pool.
        .before_acquire(|connection, used| Box::pin(async move { Ok(used.idle_for < FRESH_FOR || answers(connection).await.is_ok()) }))
        .after_release(|connection, _| Box::pin(async move { answers(connection).await.map(|()| true) }))
}

async fn answers(connection: &mut PgConnection) -> sqlx::Result<()> {
    timeout(PING_TIMEOUT, connection.ping()).await.unwrap_or_else(|elapsed| Err(std::io::Error::from(elapsed).into()))
}

/// The database's clock. Read after a lock is held: the wait for it may have been long.
async fn clock(connection: &mut PgConnection) -> Result<Micros> {
    Ok(sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(connection).await?)
}

/// Waits for the lock, which is held until the transaction ends.
async fn acquire(tx: &mut Tx, lock: AdvisoryLock) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(AdvisoryLock::NAMESPACE + lock as i64).execute(&mut **tx).await?;
    Ok(())
}
