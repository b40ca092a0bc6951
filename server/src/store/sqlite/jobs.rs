//! Jobs from the user's point of view.

mod pages;

use app::{
    progress::ReceiptSummary,
    wire::{FailureCause, ItemFilter, Job, JobItem, Page, ProgressUpdate, Timestamp},
};
use async_trait::async_trait;
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    Database, Tx, clock,
    job_rows::{begin_job, load_job, reserve_job, save_job},
    library::touch_list,
};
use crate::{
    job::Ending,
    store::{
        Changes, Entity, JobQuery, Jobs, Result, Retry, StoreError,
        error::require_owner,
        jobs::{JobRow, NewJob, RECENT, StateRow, history_after, history_limit},
        micros::{Micros, as_micros},
        queue::LockedJob,
        receipt::{FailureSegmentRow, ItemPage, receipt_summary},
        text::count,
    },
};

#[async_trait]
impl Jobs for Database {
    async fn jobs(&self, user_id: Uuid, query: &JobQuery) -> Result<Page<Job>> {
        if let Some(list_id) = query.list_id {
            self.require_list(user_id, list_id).await?;
        }
        pages::read(&self.readers, user_id, query).await
    }

    async fn job(&self, user_id: Uuid, job_id: Uuid) -> Result<Job> {
        let row: Option<JobRow> = sqlx::query_as(
            "SELECT id, list_id, source_name, causes, state, retry_of, created_at, started_at, ended_at, is_queued, blocked_until, reason
             FROM shown_jobs WHERE id = $1 AND user_id = $2",
        )
        .bind(job_id)
        .bind(user_id)
        .fetch_optional(&self.readers)
        .await?;
        match row {
            Some(row) => Ok(row.into()),
            None => Err(self.require_job(user_id, job_id).await.err().unwrap_or(StoreError::NotFound(Entity::Job))),
        }
    }

    async fn snapshot(&self, user_id: Uuid) -> Result<Vec<ProgressUpdate>> {
        let states: Vec<StateRow> = sqlx::query_as(
            // Sorted at the end (hence the plus), so that the few that ended lately are not looked for in the order of creation.
            "SELECT * FROM (
                 SELECT state, is_queued, blocked_until, reason, created_at, id FROM shown_jobs WHERE user_id = $1 AND ended_at IS NULL
                 UNION ALL
                 SELECT state, is_queued, blocked_until, reason, created_at, id FROM shown_jobs
                 WHERE user_id = $1 AND ended_at > (SELECT now - $2 FROM clock) AND dismissed_at IS NULL)
             ORDER BY +created_at, id",
        )
        .bind(user_id)
        .bind(as_micros(RECENT))
        .fetch_all(&self.readers)
        .await?;
        Ok(states.into_iter().map(StateRow::current).collect())
    }

    async fn history(
        &self,
        user_id: Uuid,
        job_id: Uuid,
        since: Option<Timestamp>,
        after_seq: Option<u64>,
        limit: u32,
    ) -> Result<Vec<ProgressUpdate>> {
        // Both conditions are always present, so that there is one plan: it reads the index on `(job_id, seq)` in order.
        let events: Vec<Json<ProgressUpdate>> = sqlx::query_scalar(
            "SELECT e.progress_data FROM job_progress_events e JOIN processing_jobs j ON j.id = e.job_id
             WHERE e.job_id = $1 AND j.user_id = $2 AND e.created_at > $3 AND CAST(e.progress_data ->> 'seq' AS BIGINT) > $4
             ORDER BY CAST(e.progress_data ->> 'seq' AS BIGINT) LIMIT $5",
        )
        .bind(job_id)
        .bind(user_id)
        .bind(since.map_or(Micros::EPOCH, Micros))
        .bind(history_after(after_seq))
        .bind(history_limit(limit))
        .fetch_all(&self.readers)
        .await?;
        if events.is_empty() {
            self.require_job(user_id, job_id).await?;
        }
        Ok(events.into_iter().map(|event| event.0).collect())
    }

    async fn items(&self, user_id: Uuid, job_id: Uuid, filter: &ItemFilter) -> Result<Page<JobItem>> {
        let page = ItemPage::new(filter)?;
        let _permit = self.heavy_reads.acquire(user_id, page.is_heavy()).await?;
        let fetch = |after_line, limit| {
            sqlx::query_as(
                "SELECT i.line, i.input, i.youtube_id, i.verdict, i.outcome, i.cause, i.reason, i.video_id, v.search_text
                 FROM job_items i JOIN processing_jobs j ON j.id = i.job_id LEFT JOIN videos v ON v.id = i.video_id
                 WHERE i.job_id = $1 AND j.user_id = $2 AND i.line > $3
                   AND ($4 IS NULL OR i.verdict = $4)
                   AND ($5 IS NULL OR i.cause = $5)
                   AND ($6 IS NULL OR (i.youtube_id IS NULL) = $6)
                 ORDER BY i.line LIMIT $7",
            )
            .bind(job_id)
            .bind(user_id)
            .bind(after_line)
            .bind(page.verdict)
            .bind(page.cause)
            .bind(page.invalid)
            .bind(limit)
            .fetch_all(&self.readers)
        };
        let rows = page.read(fetch).await?;
        if rows.is_empty() {
            self.require_job(user_id, job_id).await?;
        }
        page.close(rows)
    }

    async fn receipt_summary(&self, user_id: Uuid, job_id: Uuid) -> Result<ReceiptSummary> {
        let _permit = self.heavy_reads.acquire(user_id, true).await?;
        let verdicts: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT i.verdict, count(*), count(*) FILTER (WHERE i.youtube_id IS NULL) FROM job_items i JOIN processing_jobs j ON j.id = i.job_id
             WHERE i.job_id = $1 AND j.user_id = $2
             GROUP BY i.verdict",
        )
        .bind(job_id)
        .bind(user_id)
        .fetch_all(&self.readers)
        .await?;
        if verdicts.is_empty() {
            self.require_job(user_id, job_id).await?;
        }
        let failures: Vec<FailureSegmentRow> = sqlx::query_as(
            "SELECT min(i.place) AS first_place, max(i.place) AS last_place, min(i.line) AS first_line, max(i.line) AS last_line,
                    count(*) AS failures, min(i.reason) AS reason
             FROM job_items i JOIN processing_jobs j ON j.id = i.job_id
             WHERE i.job_id = $1 AND j.user_id = $2 AND j.failed_videos > 0 AND i.outcome = 'failed'
             GROUP BY (i.place - 1) * $3 / j.total_videos
             ORDER BY 1",
        )
        .bind(job_id)
        .bind(user_id)
        .bind(i64::from(ReceiptSummary::SEGMENTS))
        .fetch_all(&self.readers)
        .await?;
        Ok(receipt_summary(&verdicts, failures))
    }

    async fn cancel(&self, user_id: Uuid, job_id: Uuid) -> Result<Option<ProgressUpdate>> {
        let mut tx = self.begin().await?;
        let mut job = load_job(&mut tx, user_id, job_id).await?;
        let now = clock(&mut tx).await?;
        if job.ended_at.is_some() {
            return Ok(None);
        }
        if !job.is_idle(now) {
            sqlx::query("UPDATE processing_jobs SET cancel_requested = TRUE WHERE id = $1").bind(job_id).execute(&mut *tx).await?;
            tx.commit().await?;
            return Ok(None);
        }
        let state = job.end(&Ending::Cancelled, now);
        save_job(&mut tx, &job, std::slice::from_ref(&state), now).await?;
        tx.commit().await?;
        Ok(Some(state))
    }

    async fn retry(&self, user_id: Uuid, job_id: Uuid, causes: &[FailureCause]) -> Result<Retry> {
        let mut tx = self.begin().await?;
        let origin = load_job(&mut tx, user_id, job_id).await?;
        if origin.ended_at.is_none() {
            return Err(StoreError::JobActive);
        }
        let active = sqlx::query_scalar("SELECT id FROM processing_jobs WHERE retry_of = $1 AND ended_at IS NULL");
        if let Some(active) = active.bind(job_id).fetch_optional(&mut *tx).await? {
            return Ok(Retry::Active(active));
        }
        let state = create_retry(&mut tx, &origin, causes).await?;
        tx.commit().await?;
        Ok(Retry::Created(state))
    }

    async fn dismiss(&self, user_id: Uuid, job_id: Uuid) -> Result<()> {
        let dismissed = sqlx::query(
            "UPDATE processing_jobs SET dismissed_at = COALESCE(dismissed_at, (SELECT now FROM clock))
             WHERE id = $1 AND user_id = $2 AND ended_at IS NOT NULL",
        )
        .bind(job_id)
        .bind(user_id)
        .execute(&self.writer)
        .await?;
        if dismissed.rows_affected() > 0 {
            return Ok(());
        }
        self.require_job(user_id, job_id).await?;
        Err(StoreError::JobActive)
    }

    async fn changes(&self, since: Timestamp) -> Result<Changes> {
        // The clock is read first, so that the next call returns what changes between the reads.
        let now: Micros = sqlx::query_scalar("SELECT now FROM clock").fetch_one(&self.readers).await?;
        let jobs = sqlx::query_as(
            "SELECT user_id, id AS job_id, seq, dismissed_at IS NOT NULL AS dismissed, FALSE AS removed
             FROM processing_jobs WHERE ended_at IS NULL AND (lease_token IS NOT NULL OR cancel_requested OR attempts > 0) AND lease_token IS NOT NULL
             UNION
             SELECT user_id, id, seq, dismissed_at IS NOT NULL, FALSE FROM processing_jobs INDEXED BY idx_jobs_unclaimed WHERE unclaimed_at >= $1
             UNION
             SELECT user_id, id, seq, TRUE, FALSE FROM processing_jobs WHERE dismissed_at >= $1
             UNION
             SELECT user_id, job_id, 0, FALSE, TRUE FROM removed_jobs WHERE removed_at >= $1",
        )
        .bind(Micros(since))
        .fetch_all(&self.readers)
        .await?;
        Ok(Changes { now: now.0, jobs })
    }

    async fn states(&self, job_ids: &[Uuid]) -> Result<Vec<(Uuid, ProgressUpdate)>> {
        let states: Vec<(Uuid, Json<ProgressUpdate>)> =
            sqlx::query_as("SELECT j.user_id, j.state FROM json_each($1) AS ids CROSS JOIN processing_jobs j ON j.id = unhex(ids.value, '-')")
                .bind(Json(job_ids))
                .fetch_all(&self.readers)
                .await?;
        Ok(states.into_iter().map(|(user, state)| (user, state.0)).collect())
    }
}

impl Database {
    /// Checks that the job exists and belongs to this user, after a query for it found nothing.
    async fn require_job(&self, user_id: Uuid, job_id: Uuid) -> Result<()> {
        let owner = sqlx::query_scalar("SELECT user_id FROM processing_jobs WHERE id = $1").bind(job_id).fetch_optional(&self.readers).await?;
        require_owner(owner, user_id, Entity::Job)
    }
}

async fn create_retry(tx: &mut Tx, origin: &LockedJob, causes: &[FailureCause]) -> Result<ProgressUpdate> {
    let now = clock(tx).await?;
    let new = NewJob { user_id: origin.user_id, list_id: origin.list_id, source_name: &origin.source_name, retry_of: Some(origin.id) };
    let job_id = reserve_job(tx, &new, now).await?;
    // Accepted lines whose video is still in the list and was not found: failed (with these causes), cancelled, untried. A malformed id has
    // no video and is not retried.
    let copied = sqlx::query(
        "INSERT INTO job_items (job_id, line, input, youtube_id, verdict, video_id, place)
         SELECT $1, i.line, i.input, i.youtube_id, 'accepted', i.video_id, ROW_NUMBER() OVER (ORDER BY i.line)
         FROM job_items i JOIN videos v ON v.id = i.video_id
         WHERE i.job_id = $2 AND i.verdict = 'accepted' AND v.status <> 'ok'
           AND (i.outcome IS NULL OR i.outcome = 'cancelled'
                OR (i.outcome = 'failed' AND ($3 = '[]' OR i.cause IN (SELECT value FROM json_each($3)))))",
    )
    .bind(job_id)
    .bind(origin.id)
    .bind(Json(causes))
    .execute(&mut **tx)
    .await?;
    let total = count(copied.rows_affected().cast_signed());
    if total == 0 {
        return Err(StoreError::NothingToRetry);
    }
    sqlx::query("UPDATE videos SET status = 'pending', cause = NULL, error = NULL WHERE id IN (SELECT video_id FROM job_items WHERE job_id = $1)")
        .bind(job_id)
        .execute(&mut **tx)
        .await?;
    touch_list(tx, origin.list_id).await?;
    begin_job(tx, job_id, origin.list_id, total).await
}
