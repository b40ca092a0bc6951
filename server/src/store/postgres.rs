//! The store on PostgreSQL. Each statement is written in full where it is used; `tests/it/store/statements.rs` prepares all of them.
//!
//! The clock is `clock_timestamp()`: `now()` is the start of the transaction, which is before the wait for a row lock. Where it is compared
//! with an indexed column it is a subquery, evaluated once per statement.
//!
//! Locks, timeouts and planner settings belong to transactions, because a session's are lost behind a pooler that assigns connections per
//! transaction. The settings are sent in the same message as BEGIN, so they cost no round trip. A statement outside of a transaction has
//! those that its session got when it was opened; behind such a pooler, those of its role (README.md).

mod accounts;
mod housekeeping;
mod imports;
mod job_rows;
mod jobs;
mod kept;
mod library;
mod queue;
mod rechecks;
mod servers;
mod sessions;
mod tickets;

use std::{sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{sync::AcquireError, time::timeout};
use uuid::Uuid;

pub(super) use self::servers::Servers;
use self::{kept::KeptConnections, servers::FollowingPools, tickets::SocketBatchers};
use super::{Result, StoreError, heavy_reads::HeavyReads, micros::Micros};
use crate::user_permits::{UserPermit, UserPermits};

/// A transaction; rolled back when dropped. READ COMMITTED: statements after a row lock see what its previous holder committed.
type Tx = Transaction<'static, Postgres>;

/// After this time, a request is better answered with "try again".
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// Concurrent changes of lists and jobs per user; others wait.
const MAX_CHANGES_PER_USER: usize = 1;
/// Concurrent imports per user; others wait.
const MAX_IMPORTS_PER_USER: usize = 2;
/// How long a connection may take to answer when it returns to the pool or has been idle; then it is closed.
const PING_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was used more recently than this is not checked again.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

/// Settings of each transaction and session.
///
/// If a process freezes during a transaction, or its machine loses power, its locks remain; during a claim they would stop all workers.
/// PostgreSQL therefore ends transactions that stay idle, which ours never do, and ends statements that nobody waits for any more.
///
/// A session plans a statement, or the check of a foreign key, at most five times and then reuses the plan (choose_custom_plan in
/// PostgreSQL's plancache.c). Planned while a table is empty, it would be a sequential scan, which an import of 20 000 videos would then
/// repeat for every row. All statements here use an index; where that is impossible, "off" adds 10^10 to the cost, which must not trigger
/// JIT compilation (jit_above_cost).
const SETTINGS: [(&str, &str); 4] =
    [("enable_seqscan", "off"), ("jit", "off"), ("statement_timeout", "60s"), ("idle_in_transaction_session_timeout", "10s")];
/// How long a request waits for a row lock. An import locks its lists while their rows are written, and whoever waits for them occupies a
/// connection.
const LOCK_TIMEOUT: (&str, &str) = ("lock_timeout", "3s");
/// For parts of the process that may wait for a lock.
const NO_LOCK_TIMEOUT: (&str, &str) = ("lock_timeout", "0");
/// Detect clients that are gone.
const KEEPALIVES: [(&str, &str); 3] = [("tcp_keepalives_idle", "15"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")];

/// Advisory locks, held until the transaction ends. The keys start after "playmark" in ASCII, to be distinct from those of other programs.
#[derive(Clone, Copy)]
enum AdvisoryLock {
    /// Creating the first account.
    FirstAccount = 2,
    /// Deleting expired rows.
    DeleteExpired = 3,
    /// Migrating the tables.
    Migration = 4,
}

impl AdvisoryLock {
    const NAMESPACE: i64 = 0x706c_6179_6d61_726b;
}

/// A PostgreSQL database with its own connections.
pub(super) struct Database {
    pool: PgPool,
    /// For transactions that may wait for a lock held by another request.
    locking: PgPool,
    /// Of the pool, for flushes and for opening sockets.
    kept: Arc<KeptConnections>,
    following: FollowingPools,
    sockets: SocketBatchers,
    /// For these transactions: a user whose requests wait for the lock of a list leaves connections to others.
    changes: Arc<UserPermits>,
    /// For imports, which use the same connections.
    imports: Arc<UserPermits>,
    heavy_reads: Arc<HeavyReads>,
    /// Begins a transaction with its settings.
    begin: Arc<str>,
}

impl Database {
    /// Connects, so that a wrong URL is reported at startup.
    pub(super) async fn connect(url: &str, connections: u32) -> sqlx::Result<Self> {
        let configure =
            |options: PgConnectOptions| options.application_name("playmarks").options(KEEPALIVES).options(SETTINGS).options([LOCK_TIMEOUT]);
        let (options, following) = FollowingPools::start(Servers::parse(url, configure)?).await?;
        let pool = pool(connections).connect_with(options).await?;
        following.add(&pool);
        let permits = |per_user| Arc::new(UserPermits::new(per_user));
        let (changes, imports) = (permits(MAX_CHANGES_PER_USER), permits(MAX_IMPORTS_PER_USER));
        let heavy_reads = HeavyReads::new(connections);
        let kept = KeptConnections::new(&pool, connections / 4);
        let sockets = SocketBatchers::new(&kept);
        Ok(Self { locking: pool.clone(), kept, pool, following, sockets, changes, imports, heavy_reads, begin: begin_with(LOCK_TIMEOUT) })
    }

    /// The same database, with this many separate connections for transactions that may wait for a lock of another request; with 0 they
    /// share the others.
    pub(super) fn with_locking(self, connections: u32) -> Self {
        if connections == 0 {
            return self;
        }
        let locking = pool(connections).connect_lazy_with(PgConnectOptions::clone(&self.pool.connect_options()));
        self.following.add(&locking);
        Self { locking, ..self }
    }

    /// The same database with separate connections, for parts of the process that may wait for a lock.
    pub(super) fn with_own_pool(&self, connections: u32) -> Self {
        let options = PgConnectOptions::clone(&self.pool.connect_options()).options([NO_LOCK_TIMEOUT]);
        let pool = pool(connections).connect_lazy_with(options);
        self.following.add(&pool);
        let following = self.following.clone();
        let (changes, imports, heavy_reads) = (Arc::clone(&self.changes), Arc::clone(&self.imports), Arc::clone(&self.heavy_reads));
        let kept = KeptConnections::new(&pool, connections / 2);
        let sockets = SocketBatchers::new(&kept);
        Self { locking: pool.clone(), kept, pool, following, sockets, changes, imports, heavy_reads, begin: begin_with(NO_LOCK_TIMEOUT) }
    }

    /// Migrates the tables. Waits for another process that does so.
    pub(super) async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        // Over connections without timeouts, because changing a large table takes long.
        let unlimited = [("statement_timeout", "0"), ("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0"), ("enable_seqscan", "on")];
        let options = PgConnectOptions::clone(&self.pool.connect_options()).options(unlimited);
        let pool = pool(2).connect_with(options).await?;
        // Held by an idle transaction, because sqlx's own lock belongs to a session.
        let mut lock = pool.begin_with("BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0").await?;
        acquire(&mut lock, AdvisoryLock::Migration).await?;
        let migrated = sqlx::migrate!("../migrations/postgres").set_locking(false).run(&pool).await;
        lock.rollback().await?;
        pool.close().await;
        migrated
    }

    async fn begin(&self) -> Result<Tx> {
        Ok(self.pool.begin_with(AssertSqlSafe(Arc::clone(&self.begin))).await?)
    }

    /// Begins a transaction that may wait for a lock of another request. Fails if the user's other requests, or all connections for that,
    /// are already waiting.
    async fn begin_locking(&self, user_id: Uuid) -> Result<(Tx, UserPermit)> {
        let permit = timeout(ACQUIRE_TIMEOUT, self.changes.acquire(user_id)).await.map_err(|elapsed| StoreError::Busy(Box::new(elapsed)))?;
        self.begin_permitted(permit).await
    }

    /// Begins the transaction of an import. Waits for the user's other one.
    async fn begin_import(&self, user_id: Uuid) -> Result<(Tx, UserPermit)> {
        self.begin_permitted(self.imports.acquire(user_id).await).await
    }

    async fn begin_permitted(&self, permit: Result<UserPermit, AcquireError>) -> Result<(Tx, UserPermit)> {
        let permit = permit.map_err(|closed| StoreError::Internal(closed.into()))?;
        let tx = self.locking.begin_with(AssertSqlSafe(Arc::clone(&self.begin))).await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => StoreError::Busy(Box::new(error)),
            error => error.into(),
        })?;
        Ok((tx, permit))
    }
}

/// The statements that begin a transaction, in one text.
fn begin_with(lock_timeout: (&str, &str)) -> Arc<str> {
    let settings = SETTINGS.iter().chain([&lock_timeout]).map(|(name, value)| format!("; SET LOCAL {name} = '{value}'"));
    std::iter::once("BEGIN".to_owned()).chain(settings).collect::<String>().into()
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        // sqlx checks connections without a timeout: if the network drops packets, the pool would lose the connection.
        .before_acquire(|connection, used| {
            Box::pin(async move { Ok(used.idle_for < PING_AFTER_IDLE || ping_within_timeout(connection).await.is_ok()) })
        })
        .after_release(|connection, _| Box::pin(async move { ping_within_timeout(connection).await.map(|()| true) }))
}

async fn ping_within_timeout(connection: &mut PgConnection) -> sqlx::Result<()> {
    timeout(PING_TIMEOUT, connection.ping()).await.unwrap_or_else(|elapsed| Err(std::io::Error::from(elapsed).into()))
}

/// The database's clock. Read after a lock is acquired, because waiting for it may take long.
async fn clock(connection: &mut PgConnection) -> Result<Micros> {
    Ok(sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(connection).await?)
}

/// Waits for the lock, which is held until the transaction ends.
async fn acquire(tx: &mut PgConnection, lock: AdvisoryLock) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(AdvisoryLock::NAMESPACE + lock as i64).execute(tx).await?;
    Ok(())
}
