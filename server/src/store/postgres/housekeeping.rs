//! State of the whole instance.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::{AdvisoryLock, Database, acquire};
use crate::store::{
    Housekeeping, Result,
    error::NOBODY,
    housekeeping::{PRUNED_JOBS, REPAIRED_FOR},
    micros::as_micros,
    text::count,
};

#[async_trait]
impl Housekeeping for Database {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    async fn close(&self) {
        self.kept.close();
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
        sqlx::query("DELETE FROM removed_jobs WHERE removed_at <= (SELECT clock_timestamp() - $1 * interval '1 microsecond')")
            .bind(as_micros(REPAIRED_FOR))
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM attempt_counters WHERE ends_at <= (SELECT clock_timestamp())").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn remove_deleted(&self, rows: u32) -> Result<u32> {
        let mut tx = self.begin().await?;
        // Whoever holds this lock removes the list's rows.
        let list: Option<Uuid> =
            sqlx::query_scalar("SELECT id FROM lists WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE SKIP LOCKED")
                .bind(NOBODY)
                .fetch_optional(&mut *tx)
                .await?;
        let Some(list) = list else { return Ok(0) };
        // Items and jobs before videos; otherwise every item would first be updated when its video is deleted.
        let statements = [
            "DELETE FROM job_items WHERE ctid = ANY(ARRAY(
                 SELECT i.ctid FROM processing_jobs j JOIN job_items i ON i.job_id = j.id WHERE j.list_id = $1 LIMIT $2))",
            "DELETE FROM job_progress_events WHERE ctid = ANY(ARRAY(
                 SELECT e.ctid FROM processing_jobs j JOIN job_progress_events e ON e.job_id = j.id WHERE j.list_id = $1 LIMIT $2))",
            "DELETE FROM processing_jobs WHERE ctid = ANY(ARRAY(SELECT j.ctid FROM processing_jobs j WHERE j.list_id = $1 LIMIT $2))",
            "DELETE FROM videos WHERE ctid = ANY(ARRAY(SELECT v.ctid FROM videos v WHERE v.list_id = $1 LIMIT $2))",
            "DELETE FROM lists WHERE ctid = ANY(ARRAY(SELECT l.ctid FROM lists l WHERE l.id = $1 LIMIT $2))",
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
