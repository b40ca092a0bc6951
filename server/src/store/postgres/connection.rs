//! A connection on which every wait ends, for one statement or one transaction.
//!
//! A network that swallows packets, or a frozen server, breaks no connection: without a limit of our own a statement would wait for as
//! long as TCP does, a quarter of an hour. sqlx limits how long it waits for a connection, but neither what is done with it nor the
//! test with which it takes one back; both are limited here. Whoever gives up on a statement leaves the connection to [`give_back`].

use std::{
    io,
    ops::{Deref, DerefMut},
    time::Duration,
};

use futures::{
    StreamExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Describe, Either, Execute, Executor, PgConnection, PgPool, SqlStr,
    pool::PoolConnection,
    postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::time::timeout;

use super::dialect::Db;

/// How long a statement by itself may take: it reads a page, or writes a row.
const STATEMENT: Duration = Duration::from_secs(10);
/// How long each statement of a transaction may take. Deleting 200 000 videos, or cancelling them, takes 20 s on two busy cores.
pub(super) const STATEMENT_OF_TRANSACTION: Duration = Duration::from_secs(60);
/// How long a connection may take to come back to the pool; the pool is one short for as long.
const RETURN: Duration = Duration::from_secs(5);

type Outcome = Either<PgQueryResult, PgRow>;

/// Runs single statements, each on whatever connection is free.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct AnyConnection<'a>(pub(super) &'a PgPool);

/// One connection, in a transaction.
#[derive(Debug)]
pub(in crate::store) struct Connection {
    /// `None` once it was given back.
    live: Option<PoolConnection<Db>>,
    patience: Duration,
    in_transaction: bool,
}

/// A transaction; rolled back where it is dropped.
#[derive(Debug)]
pub(in crate::store) struct Tx(Connection);

impl Tx {
    pub(super) async fn begin(pool: &PgPool) -> sqlx::Result<Self> {
        let mut connection = Connection::acquire(pool, STATEMENT_OF_TRANSACTION).await?;
        // Before it is asked for: whoever gives up meanwhile has to undo it.
        connection.in_transaction = true;
        connection.execute("BEGIN").await?;
        Ok(Self(connection))
    }

    /// Makes it so. After an error, and after none, it may have become so.
    pub(in crate::store) async fn commit(mut self) -> sqlx::Result<()> {
        self.0.execute("COMMIT").await?;
        self.0.in_transaction = false;
        Ok(())
    }

    /// Undoes it.
    pub(in crate::store) async fn rollback(mut self) -> sqlx::Result<()> {
        self.0.execute("ROLLBACK").await?;
        self.0.in_transaction = false;
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

impl Connection {
    async fn acquire(pool: &PgPool, patience: Duration) -> sqlx::Result<Self> {
        Ok(Self { live: Some(pool.acquire().await?), patience, in_transaction: false })
    }

    fn live(&mut self) -> &mut PgConnection {
        self.live.as_mut().expect("it is taken away only where this is dropped")
    }

    async fn all<'q>(&mut self, query: impl Execute<'q, Db> + 'q) -> sqlx::Result<Vec<Outcome>> {
        limited(self.patience, self.live().fetch_many(query).try_collect()).await
    }

    async fn first<'q>(&mut self, query: impl Execute<'q, Db> + 'q) -> sqlx::Result<Option<PgRow>> {
        limited(self.patience, self.live().fetch_optional(query)).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(connection) = self.live.take() {
            tokio::spawn(give_back(connection, self.in_transaction));
        }
    }
}

/// Back to the pool if the database still answers on it, with whatever was begun undone; else it is closed.
async fn give_back(mut connection: PoolConnection<Db>, in_transaction: bool) {
    connection.close_on_drop();
    let clean = async {
        if in_transaction {
            connection.execute("ROLLBACK").await?;
        }
        // What sqlx itself does where a connection is dropped, but there it may wait for ever.
        connection.return_to_pool().await;
        Ok::<(), sqlx::Error>(())
    };
    match timeout(RETURN, clean).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection to the database broke and was closed"),
        Err(_) => tracing::warn!("a connection on which the database does not answer was closed"),
    }
}

async fn limited<T>(patience: Duration, answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(patience, answer).await.unwrap_or_else(|_| {
        let told = format!("the database did not answer within {} s", patience.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, told).into())
    })
}

/// Whatever is asked for is gathered first: everything here reads a page at most.
impl<'c> Executor<'c> for &'c mut Connection {
    type Database = Db;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<Outcome>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Db>,
    {
        stream::once(self.all(query)).map_ok(|all| stream::iter(all).map(Ok)).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Db>,
    {
        Box::pin(self.first(query))
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, sqlx::Result<PgStatement>>
    where
        'c: 'e,
    {
        Box::pin(async move { limited(self.patience, self.live().prepare_with(sql, parameters)).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Db>>>
    where
        'c: 'e,
    {
        Box::pin(async move { limited(self.patience, self.live().describe(sql)).await })
    }
}

impl<'c> Executor<'c> for AnyConnection<'c> {
    type Database = Db;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<Outcome>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Db>,
    {
        let all = async move { Connection::acquire(self.0, STATEMENT).await?.all(query).await };
        stream::once(all).map_ok(|all| stream::iter(all).map(Ok)).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Db>,
    {
        Box::pin(async move { Connection::acquire(self.0, STATEMENT).await?.first(query).await })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, sqlx::Result<PgStatement>>
    where
        'c: 'e,
    {
        Box::pin(async move { Connection::acquire(self.0, STATEMENT).await?.prepare_with(sql, parameters).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Db>>>
    where
        'c: 'e,
    {
        Box::pin(async move { Connection::acquire(self.0, STATEMENT).await?.describe(sql).await })
    }
}
