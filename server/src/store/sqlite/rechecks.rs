//! Looking up videos again.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::Database;
use crate::{
    job::ItemResult,
    metadata::{Failure, Metadata},
    store::{
        Rechecks, Result,
        micros::as_micros,
        queue::{VideoOutcomeRow, without_nul},
    },
};

#[async_trait]
impl Rechecks for Database {
    async fn acquire_recheck_lease(&self, term: Duration) -> Result<bool> {
        // A row of `attempt_counters`, which are deleted once they have ended, as a lease may be.
        let acquired = sqlx::query(
            "INSERT INTO attempt_counters AS c (key, attempts, ends_at) VALUES ('recheck', 1, (SELECT now + $1 FROM clock))
             ON CONFLICT (key) DO UPDATE SET ends_at = excluded.ends_at WHERE c.ends_at <= (SELECT now FROM clock)",
        )
        .bind(as_micros(term))
        .execute(&self.writer)
        .await?;
        Ok(acquired.rows_affected() == 1)
    }

    async fn videos_to_recheck(&self, source: &str, after: &str, limit: u32) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar(
            "SELECT DISTINCT youtube_id FROM videos
             WHERE status = 'unavailable' AND error = 'Video is private' AND checked_at IS NULL AND youtube_id > $1
               AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.name = $2 AND s.blocked_until > (SELECT now FROM clock))
               AND NOT EXISTS (SELECT 1 FROM job_queues q INDEXED BY idx_job_queues_next WHERE q.next_run_at IS NOT NULL)
               AND NOT EXISTS (SELECT 1 FROM processing_jobs j
                               WHERE j.ended_at IS NULL AND (j.lease_token IS NOT NULL OR j.cancel_requested OR j.attempts > 0))
             ORDER BY youtube_id LIMIT $3",
        )
        .bind(after)
        .bind(source)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?)
    }

    async fn store_recheck(&self, youtube_id: &str, outcome: &std::result::Result<Metadata, Failure>) -> Result<()> {
        let result = without_nul(&ItemResult { line: 0, place: 0, video_id: Some(Uuid::nil()), outcome: outcome.clone() });
        let Some(video) = VideoOutcomeRow::new(&result).filter(VideoOutcomeRow::is_answer) else { return Ok(()) };
        sqlx::query(
            "UPDATE videos SET status = $2, cause = $3, error = $4, title = COALESCE($5, title), channel = COALESCE($6, channel),
                    duration_seconds = COALESCE($7, duration_seconds), title_key = COALESCE($8, title_key),
                    search_text = COALESCE($9, search_text), reason = $10, checked_at = (SELECT now FROM clock)
             WHERE status = 'unavailable' AND error = 'Video is private' AND checked_at IS NULL AND youtube_id = $1",
        )
        .bind(youtube_id)
        .bind(video.status)
        .bind(video.cause)
        .bind(video.error)
        .bind(video.title)
        .bind(video.channel)
        .bind(video.duration_seconds)
        .bind(video.title_key)
        .bind(video.search_text)
        .bind(video.reason)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
