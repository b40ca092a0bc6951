//! The queue of jobs, for workers.

mod flush;

use std::time::Duration;

use app::wire::{ProgressUpdate, SourceBlock};
use async_trait::async_trait;
use uuid::Uuid;

use super::{
    Database, Tx, clock,
    job_rows::{load_leased_job, save_job},
};
use crate::{
    stop_points::{self, StopPoint},
    store::{
        Claim, ClaimRules, Flush, Lease, Queue, Renewal, Result, SourcePause, WorkItem, Written,
        jobs::BlockRow,
        micros::as_micros,
        queue::{LockedJob, MAX_BATCH},
        text::count,
    },
};

#[async_trait]
impl Queue for Database {
    async fn claim(&self, rules: &ClaimRules) -> Result<Option<Claim>> {
        let mut tx = self.begin().await?;
        let job: Option<LockedJob> = sqlx::query_as(
            "SELECT j.id, j.user_id, j.list_id, j.source_name, j.state, j.causes, j.cancel_requested, j.attempts, j.waiting_since,
                    j.lease_until, j.lease_token, j.ended_at, max(j.run_at, COALESCE(s.blocked_until, 0)) AS run_at
             FROM processing_jobs j LEFT JOIN sources s ON s.name = $1
             WHERE j.ended_at IS NULL AND j.lease_token IS NULL
               AND j.user_id = (SELECT q.user_id FROM job_queues q
                                WHERE q.running < $2 AND q.next_run_at <= (SELECT now FROM clock)
                                  AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.name = $1 AND s.blocked_until > (SELECT now FROM clock))
                                ORDER BY q.running, q.next_run_at LIMIT 1)
             ORDER BY j.run_at, j.id LIMIT 1",
        )
        .bind(&rules.source)
        .bind(i64::from(rules.per_user))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(job) = job else { return Ok(None) };
        let now = clock(&mut tx).await?;
        let (claim, job) = job.claim(rules, now);
        sqlx::query(
            "UPDATE processing_jobs SET lease_token = $2, lease_until = $3, started_at = COALESCE(started_at, $4), waiting_since = $5
                     WHERE id = $1",
        )
        .bind(job.id)
        .bind(job.lease_token)
        .bind(job.lease_until)
        .bind(now)
        .bind(job.waiting_since)
        .execute(&mut *tx)
        .await?;
        stop_points::reach(StopPoint::ClaimUncommitted);
        tx.commit().await?;
        Ok(Some(claim))
    }

    async fn reap_abandoned_jobs(&self, max_attempts: u32) -> Result<Vec<(Uuid, ProgressUpdate)>> {
        let mut ended = Vec::new();
        // One transaction per job, so that other writers get their turn.
        for _ in 0..MAX_BATCH {
            let mut tx = self.begin().await?;
            let job: Option<LockedJob> = sqlx::query_as(
                "SELECT j.id, j.user_id, j.list_id, j.source_name, j.state, j.causes, j.cancel_requested, j.attempts, j.run_at, j.waiting_since,
                        j.lease_until, j.lease_token, j.ended_at
                 FROM processing_jobs j
                 WHERE j.ended_at IS NULL AND (j.lease_token IS NOT NULL OR j.cancel_requested OR j.attempts > 0)
                   AND (j.lease_until <= (SELECT now FROM clock) OR (j.lease_token IS NULL AND (j.cancel_requested OR j.attempts >= $1)))
                 LIMIT 1",
            )
            .bind(i64::from(max_attempts))
            .fetch_optional(&mut *tx)
            .await?;
            let Some(mut job) = job else { break };
            let now = clock(&mut tx).await?;
            let state = job.reap(max_attempts, now);
            save_job(&mut tx, &job, state.as_slice(), now).await?;
            tx.commit().await?;
            ended.extend(state.map(|state| (job.user_id, state)));
        }
        Ok(ended)
    }

    async fn untried_items(&self, lease: &Lease, after_line: u32, limit: u32) -> Result<Vec<WorkItem>> {
        let rows: Vec<(i64, i64, Option<Uuid>, String)> = sqlx::query_as(
            "SELECT i.line, i.place, i.video_id, COALESCE(i.youtube_id, i.input) FROM job_items i JOIN processing_jobs j ON j.id = i.job_id
             WHERE i.job_id = $1 AND j.lease_token = $2 AND i.verdict = 'accepted' AND i.outcome IS NULL AND i.line >= j.untried_from
               AND i.line > $3
             ORDER BY i.line LIMIT $4",
        )
        .bind(lease.job_id)
        .bind(lease.token)
        .bind(i64::from(after_line))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(line, place, video_id, youtube_id)| WorkItem { line: count(line), place: count(place), video_id, youtube_id })
            .collect())
    }

    async fn flush(&self, lease: &Lease, flush: &Flush<'_>, term: Duration) -> Result<Written> {
        flush::store(self, lease, flush, term).await
    }

    async fn renew(&self, lease: &Lease, term: Duration) -> Result<Renewal> {
        let mut tx = self.begin().await?;
        let held = sqlx::query_scalar(
            "UPDATE processing_jobs SET lease_until = (SELECT now + $3 FROM clock)
             WHERE id = $1 AND lease_token = $2 AND ended_at IS NULL
             RETURNING cancel_requested",
        )
        .bind(lease.job_id)
        .bind(lease.token)
        .bind(as_micros(term))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(cancel_requested) = held else { return Ok(Renewal::LeaseLost) };
        let others_waiting = others_waiting(&mut tx, lease.user_id).await?;
        tx.commit().await?;
        Ok(Renewal::Held { cancel_requested, others_waiting })
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        sqlx::query(
            "UPDATE processing_jobs SET lease_token = NULL, lease_until = NULL, run_at = (SELECT now FROM clock), unclaimed_at = (SELECT now FROM clock)
             WHERE id = $1 AND lease_token = $2 AND ended_at IS NULL",
        )
        .bind(lease.job_id)
        .bind(lease.token)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn void_leases(&self) -> Result<()> {
        sqlx::query(
            "UPDATE processing_jobs SET lease_token = NULL, lease_until = NULL, attempts = attempts + 1, unclaimed_at = (SELECT now FROM clock)
             WHERE lease_token IS NOT NULL AND ended_at IS NULL",
        )
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn wait_for_source(&self, lease: &Lease, pause: &SourcePause) -> Result<Written> {
        let mut tx = self.begin().await?;
        let Some(mut job) = load_leased_job(&mut tx, lease).await? else { return Ok(Written::LeaseLost) };
        let now = clock(&mut tx).await?;
        let until = now.plus(pause.duration);
        sqlx::query(
            "INSERT INTO sources AS s (name, blocked_until, reason, fingerprint) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE SET
                 reason = CASE WHEN excluded.blocked_until >= s.blocked_until THEN excluded.reason ELSE s.reason END,
                 fingerprint = CASE WHEN excluded.blocked_until >= s.blocked_until THEN excluded.fingerprint ELSE s.fingerprint END,
                 blocked_until = max(s.blocked_until, excluded.blocked_until)",
        )
        .bind(&pause.source)
        .bind(until)
        .bind(pause.reason.as_str())
        .bind(&pause.fingerprint)
        .execute(&mut *tx)
        .await?;
        let events = job.wait(pause.reason, until, now);
        save_job(&mut tx, &job, &events, now).await?;
        tx.commit().await?;
        Ok(job.written())
    }

    async fn source_block(&self) -> Result<Option<SourceBlock>> {
        let block: Option<BlockRow> = sqlx::query_as(
            "SELECT blocked_until, reason FROM sources WHERE blocked_until > (SELECT now FROM clock) ORDER BY blocked_until DESC LIMIT 1",
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(block.and_then(Into::into))
    }

    async fn lift_outdated_pause(&self, source: &str, fingerprint: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sources WHERE name <> $1 OR COALESCE(fingerprint, '') <> $2 OR COALESCE(reason, 'network') = 'network'")
            .bind(source)
            .bind(fingerprint)
            .execute(&mut *tx)
            .await?;
        // In the future is the `run_at` of a job that waits for a source.
        sqlx::query(
            "UPDATE processing_jobs SET run_at = (SELECT now FROM clock)
             WHERE id IN (SELECT id FROM processing_jobs
                          WHERE ended_at IS NULL AND lease_token IS NULL AND run_at > (SELECT now FROM clock)
                            AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.name = $1 AND s.blocked_until > (SELECT now FROM clock))
                          ORDER BY id)",
        )
        .bind(source)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// True if a job is due whose user has fewer running jobs than this one's: handing this job back would let the other one run.
async fn others_waiting(tx: &mut Tx, user_id: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM job_queues q
                        WHERE q.user_id <> $1 AND q.next_run_at <= (SELECT now FROM clock)
                          AND q.running < (SELECT own.running FROM job_queues own WHERE own.user_id = $1))",
    )
    .bind(user_id)
    .fetch_one(&mut **tx)
    .await?)
}
