//! Connections that stay with us between statements that are made all the time: the pool asks the server twice whether a returned
//! connection still answers, so a statement would take three round trips instead of one.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use sqlx::{PgPool, Postgres, pool::PoolConnection};

use super::PING_AFTER_IDLE;

/// A connection, and when it was put back.
type Kept = (Instant, PoolConnection<Postgres>);

/// At most half of the pool's connections.
pub(super) struct KeptConnections {
    pool: PgPool,
    /// `None` once closed.
    idle: Mutex<Option<Vec<Kept>>>,
}

impl KeptConnections {
    pub(super) fn new(pool: &PgPool) -> Self {
        Self { pool: pool.clone(), idle: Mutex::new(Some(Vec::new())) }
    }

    /// A connection, to be put back after a statement has succeeded; otherwise the pool checks it. One that was not used lately goes back
    /// to the pool, which checks it, too.
    pub(super) async fn take(&self) -> sqlx::Result<PoolConnection<Postgres>> {
        let kept = self.idle().as_mut().and_then(Vec::pop);
        match kept {
            Some((used_at, connection)) if used_at.elapsed() < PING_AFTER_IDLE => Ok(connection),
            _ => self.pool.acquire().await,
        }
    }

    pub(super) fn put_back(&self, connection: PoolConnection<Postgres>) {
        if let Some(idle) = self.idle().as_mut()
            && idle.len() < self.pool.options().get_max_connections() as usize / 2
        {
            idle.push((Instant::now(), connection));
        }
    }

    /// Returns all of them, so that the pool can be closed.
    pub(super) fn close(&self) {
        self.idle().take();
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Kept>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
