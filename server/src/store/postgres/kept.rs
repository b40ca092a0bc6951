//! Connections that stay with us between statements that are made all the time: the pool asks the server twice whether a returned
//! connection still answers, so a statement would take three round trips instead of one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Instant,
};

use sqlx::{PgPool, Postgres, pool::PoolConnection};
use tokio::time::sleep;

use super::PING_AFTER_IDLE;

/// A connection, and when it was put back.
type Kept = (Instant, PoolConnection<Postgres>);

/// Those that are not used for a moment go back to the pool, whose other users need them.
pub(super) struct KeptConnections {
    pool: PgPool,
    max: usize,
    /// `None` once closed.
    idle: Mutex<Option<Vec<Kept>>>,
}

impl KeptConnections {
    /// Keeps at most `max` connections. Must be called within a Tokio runtime.
    pub(super) fn new(pool: &PgPool, max: u32) -> Arc<Self> {
        let kept = Arc::new(Self { pool: pool.clone(), max: max as usize, idle: Mutex::new(Some(Vec::new())) });
        let weak = Arc::downgrade(&kept);
        tokio::spawn(async move {
            while let Some(kept) = {
                sleep(PING_AFTER_IDLE).await;
                Weak::upgrade(&weak)
            } {
                if let Some(idle) = kept.idle().as_mut() {
                    idle.retain(|(used_at, _)| used_at.elapsed() < PING_AFTER_IDLE);
                }
            }
        });
        kept
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
            && idle.len() < self.max
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
