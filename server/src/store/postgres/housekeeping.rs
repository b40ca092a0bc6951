//! State of the whole instance.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::{AdvisoryLock, Database, acquire};
use crate::store::{Housekeeping, Result, housekeeping::PRUNED_JOBS, micros::as_micros, text::count};

#[async_trait]
impl Housekeeping for Database {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    async fn close(&self) {
        self.pool.close().await;
        self.locking.close().await;
    }

    async fn instance_secret(&self, candidate: &[u8]) -> Result<Vec<u8>> {
        sqlx::query("INSERT INTO instance (only_row, secret) VALUES (TRUE, $1) ON CONFLICT DO NOTHING").bind(candidate).execute(&self.pool).await?;
        Ok(sqlx::query_scalar("SELECT secret FROM instance").fetch_one(&self.pool).await?)
    }

    async fn delete_expired(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        // Only one process at a time, so that two never wait for each other's rows.
        acquire(&mut tx, AdvisoryLock::DeleteExpired).await?;
        sqlx::query("DELETE FROM ws_tickets WHERE expires_at <= (SELECT clock_timestamp())").execute(&mut *tx).await?;
        sqlx::query("DELETE FROM sessions WHERE expires_at <= (SELECT clock_timestamp())").execute(&mut *tx).await?;
        sqlx::query("DELETE FROM attempt_counters WHERE ends_at <= (SELECT clock_timestamp())").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn prune_history(&self, ended_for: Duration) -> Result<u32> {
        let mut tx = self.begin().await?;
        let jobs: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM processing_jobs
             WHERE ended_at <= (SELECT clock_timestamp() - $1 * interval '1 microsecond') AND thinned_at IS NULL
             ORDER BY ended_at LIMIT $2
             FOR UPDATE SKIP LOCKED",
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
             WHERE job_id = ANY($1) AND CAST(progress_data ->> 'seq' AS BIGINT) > 1 AND (progress_data ->> 'error') IS NULL
               AND (progress_data ->> 'status') IN ('pending', 'processing')",
        )
        .bind(&jobs)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE processing_jobs SET thinned_at = clock_timestamp() WHERE id = ANY($1)").bind(&jobs).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(count(jobs.len().cast_signed() as i64))
    }
}
