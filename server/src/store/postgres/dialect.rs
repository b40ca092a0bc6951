//! Connections, transactions and locks of PostgreSQL.

use std::{str::FromStr, time::Duration};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

pub(in crate::store) use super::connection::Tx;
use super::connection::{AnyConnection, STATEMENT_OF_TRANSACTION};
use crate::store::{Result, StoreError};

/// The driver.
pub(in crate::store) type Db = sqlx::Postgres;

/// Ids as one bound value.
pub(in crate::store) type Ids = Vec<Uuid>;

/// After this a request is better told "try again" than left waiting.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a request waits for a row that somebody else has locked. An import locks its list for as long as its file is long, and who
/// waits for that holds a connection.
const LOCK_TIMEOUT: &str = "3s";

/// A PostgreSQL database, over connections of its own.
pub(in crate::store) struct Database {
    pool: PgPool,
    /// For what may wait for a lock that another request holds.
    locking: PgPool,
}

impl Database {
    /// Connects, so that a wrong address is told at the start.
    pub(in crate::store) async fn connect(url: &str, connections: u32) -> sqlx::Result<Self> {
        // A process that freezes in the middle of a transaction, or a machine that loses its power, leaves its locks; in the middle of a
        // claim it stops all workers. PostgreSQL takes them away soon; none of ours is idle in a transaction for longer than a moment.
        // And what nobody waits for any more is not to go on holding its locks.
        let longest = format!("{}s", STATEMENT_OF_TRANSACTION.as_secs());
        // A session plans a statement, and the check of a foreign key, five times at most and then keeps the plan (choose_custom_plan in
        // PostgreSQL's plancache.c). Planned while a table is empty that would be a sequential scan, which an import of 20 000 videos then
        // repeats for each of its rows. Every statement here reads by an index; where one cannot, the "off" costs it 10^10, which must not
        // be taken for a reason to compile it (jit_above_cost).
        let options = PgConnectOptions::from_str(url)?.application_name("playmarks").options([
            ("enable_seqscan", "off"),
            ("jit", "off"),
            ("lock_timeout", LOCK_TIMEOUT),
            ("statement_timeout", longest.as_str()),
            ("idle_in_transaction_session_timeout", "10s"),
            ("tcp_keepalives_idle", "15"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]);
        let pool = pool(connections).connect_with(options).await?;
        Ok(Self { locking: pool.clone(), pool })
    }

    /// The same, but what may wait for a lock that another request holds has so many connections for itself; 0 leaves it among the others.
    pub(in crate::store) fn with_locking(self, connections: u32) -> Self {
        if connections == 0 {
            return self;
        }
        let locking = pool(connections).connect_lazy_with(PgConnectOptions::clone(&self.pool.connect_options()));
        Self { locking, ..self }
    }

    /// The same database over so many other connections, for parts of the process that can wait for a lock.
    pub(in crate::store) fn apart(&self, connections: u32) -> Self {
        let options = PgConnectOptions::clone(&self.pool.connect_options()).options([("lock_timeout", "0")]);
        let pool = pool(connections).connect_lazy_with(options);
        Self { locking: pool.clone(), pool }
    }

    /// Brings the tables to this version, under sqlx's advisory lock.
    pub(in crate::store) async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        // By a connection without the limits: a large table takes long to change, and is read whole for it.
        let unlimited = [("statement_timeout", "0"), ("lock_timeout", "0"), ("enable_seqscan", "on")];
        let options = PgConnectOptions::clone(&self.pool.connect_options()).options(unlimited);
        let pool = pool(1).connect_with(options).await?;
        let migrated = sqlx::migrate!("../migrations/postgres").run(&pool).await;
        pool.close().await;
        migrated
    }

    /// Ends its sessions.
    pub(in crate::store) async fn close(&self) {
        self.pool.close().await;
        self.locking.close().await;
    }

    /// For single statements that read.
    pub(in crate::store) fn reader(&self) -> AnyConnection<'_> {
        AnyConnection(&self.pool)
    }

    /// For single statements that write.
    pub(in crate::store) fn writer(&self) -> AnyConnection<'_> {
        AnyConnection(&self.pool)
    }

    /// For more than one statement. READ COMMITTED: what follows a row lock sees what its last holder committed.
    pub(in crate::store) async fn begin(&self) -> Result<Tx> {
        Ok(Tx::begin(&self.pool).await?)
    }

    /// The same for what may wait for a lock that another request holds: where all connections for that wait already, it is told so.
    pub(in crate::store) async fn begin_locking(&self) -> Result<Tx> {
        Tx::begin(&self.locking).await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => StoreError::Busy(Box::new(error)),
            error => error.into(),
        })
    }
}

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT)
}

/// What only one transaction of all processes does at a time.
#[derive(Clone, Copy)]
pub(in crate::store) enum Gate {
    /// Claiming a job.
    Claims = 1,
    /// Making the first account.
    FirstAccount = 2,
    /// Sweeping.
    Sweep = 3,
}

impl Gate {
    /// "playmark", so that other programs' advisory locks are not ours.
    const NAMESPACE: i64 = 0x706c_6179_6d61_726b;

    /// Waits for the gate; it is held until the transaction ends.
    pub(in crate::store) async fn pass(self, tx: &mut Tx) -> Result<()> {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(Self::NAMESPACE + self as i64).execute(&mut **tx).await?;
        Ok(())
    }
}

/// Held until the transaction ends: one import of a user at a time makes lists.
pub(in crate::store) async fn lock_playlists(tx: &mut Tx, user_id: Uuid) -> Result<()> {
    // The random half of the id; that of a gate is as likely as two equal ids.
    let key = user_id.as_u64_pair().1.cast_signed();
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(key).execute(&mut **tx).await?;
    Ok(())
}

/// For `one_of!`.
pub(in crate::store) fn ids(ids: &[Uuid]) -> Ids {
    ids.to_vec()
}
