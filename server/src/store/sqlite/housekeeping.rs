//! State of the whole instance.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::types::Json;
use tokio::time::timeout;
use uuid::Uuid;

use super::Database;
use crate::store::{
    Housekeeping, Result,
    error::NOBODY,
    housekeeping::{PRUNED_JOBS, REPAIRED_FOR},
    micros::as_micros,
    text::count,
};

/// How long the readers may take to finish.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

#[async_trait]
impl Housekeeping for Database {
    async fn ping(&self) -> Result<()> {
        // Not over the writer, which an import occupies for seconds.
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// Afterwards the file alone contains everything. The last connection to close checkpoints the write-ahead log and deletes it
    /// (`sqlite3WalClose`). If another process has the file open, this connection is not the last one, so the log is checkpointed
    /// explicitly.
    async fn close(&self) {
        if self.writer.is_closed() {
            return;
        }
        if timeout(CLOSE_TIMEOUT, self.readers.close()).await.is_err() {
            tracing::warn!("the database is still being read; its write-ahead log (-wal) is kept");
        }
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&self.writer).await {
            tracing::warn!(%error, "the database file is incomplete without its write-ahead log (-wal)");
        }
        self.writer.close().await;
    }

    async fn instance_secret(&self, candidate: &[u8]) -> Result<Vec<u8>> {
        sqlx::query("INSERT INTO instance (only_row, secret) VALUES (TRUE, $1) ON CONFLICT DO NOTHING").bind(candidate).execute(&self.writer).await?;
        Ok(sqlx::query_scalar("SELECT secret FROM instance").fetch_one(&self.writer).await?)
    }

    async fn delete_expired(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM ws_tickets WHERE expires_at <= (SELECT now FROM clock)").execute(&mut *tx).await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= (SELECT now FROM clock)").execute(&mut *tx).await?;
        sqlx::query("DELETE FROM removed_jobs WHERE removed_at <= (SELECT now - $1 FROM clock)")
            .bind(as_micros(REPAIRED_FOR))
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM attempt_counters WHERE ends_at <= (SELECT now FROM clock)").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn remove_deleted(&self, rows: u32) -> Result<u32> {
        // Looked for by a reader first, because there rarely is one.
        let list = sqlx::query_scalar("SELECT id FROM lists WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1");
        let list: Option<Uuid> = list.bind(NOBODY).fetch_optional(&self.readers).await?;
        let Some(list) = list else { return Ok(0) };
        let mut tx = self.begin().await?;
        // Items and jobs before videos; otherwise every item would first be updated when its video is deleted.
        let statements = [
            "DELETE FROM job_items WHERE rowid IN
             (SELECT i.rowid FROM processing_jobs j JOIN job_items i ON i.job_id = j.id WHERE j.list_id = $1 LIMIT $2)",
            "DELETE FROM job_progress_events WHERE rowid IN
             (SELECT e.rowid FROM processing_jobs j JOIN job_progress_events e ON e.job_id = j.id WHERE j.list_id = $1 LIMIT $2)",
            "DELETE FROM processing_jobs WHERE rowid IN (SELECT j.rowid FROM processing_jobs j WHERE j.list_id = $1 LIMIT $2)",
            "DELETE FROM videos WHERE rowid IN (SELECT v.rowid FROM videos v WHERE v.list_id = $1 LIMIT $2)",
            "DELETE FROM lists WHERE rowid IN (SELECT l.rowid FROM lists l WHERE l.id = $1 LIMIT $2)",
        ];
        let mut left = u64::from(rows);
        for statement in statements {
            if left > 0 {
                left -= sqlx::query(statement).bind(list).bind(left.cast_signed()).execute(&mut *tx).await?.rows_affected();
            }
        }
        tx.commit().await?;
        Ok(rows - count(left.cast_signed()))
    }

    async fn prune_history(&self, ended_for: Duration) -> Result<u32> {
        let mut tx = self.begin().await?;
        let jobs: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM processing_jobs
             WHERE ended_at <= (SELECT now - $1 FROM clock) AND thinned_at IS NULL
             ORDER BY ended_at LIMIT $2",
        )
        .bind(as_micros(ended_for))
        .bind(PRUNED_JOBS)
        .fetch_all(&mut *tx)
        .await?;
        if jobs.is_empty() {
            return Ok(0);
        }
        // A history starts with `seq` 1, and a state that is neither pending nor processing is the end.
        sqlx::query(
            "DELETE FROM job_progress_events
             WHERE job_id IN (SELECT unhex(value, '-') FROM json_each($1))
               AND CAST(progress_data ->> 'seq' AS BIGINT) > 1 AND (progress_data ->> 'error') IS NULL
               AND (progress_data ->> 'status') IN ('pending', 'processing')",
        )
        .bind(Json(&jobs))
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE processing_jobs SET thinned_at = (SELECT now FROM clock) WHERE id IN (SELECT unhex(value, '-') FROM json_each($1))")
            .bind(Json(&jobs))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(count(jobs.len().cast_signed() as i64))
    }
}
