//! Rows of existing and new jobs: shared by imports, retries, users and workers.

use app::wire::{Causes, ProgressUpdate, Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Tx, clock};
use crate::{
    job,
    store::{Entity, Lease, Result, StoreError, error::require_owner, jobs::NewJob, micros::Micros, queue::LockedJob, text::strip_nul},
};

/// Reads a user's job in order to change it.
pub(super) async fn load_job(tx: &mut Tx, user_id: Uuid, job_id: Uuid) -> Result<LockedJob> {
    let job: Option<LockedJob> = sqlx::query_as(
        "SELECT id, user_id, list_id, source_name, state, causes, cancel_requested, attempts, run_at, waiting_since, lease_until, lease_token,
                ended_at
         FROM processing_jobs WHERE id = $1",
    )
    .bind(job_id)
    .fetch_optional(&mut **tx)
    .await?;
    require_owner(job.as_ref().map(|job| job.user_id), user_id, Entity::Job)?;
    job.ok_or(StoreError::NotFound(Entity::Job))
}

/// Reads the job of a lease; `None` if the lease is lost.
pub(super) async fn load_leased_job(tx: &mut Tx, lease: &Lease) -> Result<Option<LockedJob>> {
    Ok(sqlx::query_as(
        "SELECT id, user_id, list_id, source_name, state, causes, cancel_requested, attempts, run_at, waiting_since, lease_until, lease_token,
                ended_at
         FROM processing_jobs WHERE id = $1 AND lease_token = $2 AND ended_at IS NULL",
    )
    .bind(lease.job_id)
    .bind(lease.token)
    .fetch_optional(&mut **tx)
    .await?)
}

/// Stores the job, which no worker has from then on, and the events that led to its state. If it was cancelled, its untried items are cancelled, too.
pub(super) async fn save_job(tx: &mut Tx, job: &LockedJob, events: &[ProgressUpdate], now: Micros) -> Result<()> {
    add_events(tx, job.id, events).await?;
    if job.is_cancelled() {
        cancel_items(tx, job.id).await?;
    }
    let state = &job.state.0;
    sqlx::query(
        "UPDATE processing_jobs SET status = $2, current_video = $3, failed_videos = $4, causes = $5, seq = $6, state = $7, last_event_at = $8,
                attempts = $9, run_at = $10, waiting_since = $11, updated_at = $12, ended_at = $13, lease_until = NULL, lease_token = NULL,
                unclaimed_at = $12
         WHERE id = $1",
    )
    .bind(job.id)
    .bind(state.status.as_str())
    .bind(i64::from(state.current_video))
    .bind(i64::from(state.failed_videos.unwrap_or_default()))
    .bind(&job.causes)
    .bind(job.seq())
    .bind(&job.state)
    .bind(Micros(state.created_at.unwrap_or(now.0)))
    .bind(job.attempts)
    .bind(job.run_at)
    .bind(job.waiting_since)
    .bind(now)
    .bind(job.ended_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Gives the job's untried items their outcome.
pub(super) async fn cancel_items(tx: &mut Tx, job_id: Uuid) -> Result<()> {
    sqlx::query(
        "UPDATE job_items SET outcome = 'cancelled'
         WHERE job_id = $1 AND line >= (SELECT j.untried_from FROM processing_jobs j WHERE j.id = $1)
           AND verdict = 'accepted' AND outcome IS NULL",
    )
    .bind(job_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Stores states as events. The column and the JSON contain the same instant.
pub(super) async fn add_events(tx: &mut Tx, job_id: Uuid, events: &[ProgressUpdate]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = events.iter().map(|event| (Uuid::now_v7(), event.created_at.map(Timestamp::micros), event)).collect();
    sqlx::query(
        "INSERT INTO job_progress_events (id, job_id, created_at, progress_data)
         SELECT unhex(e.value ->> 0, '-'), $1, e.value ->> 1, e.value -> 2 FROM json_each($2) AS e",
    )
    .bind(job_id)
    .bind(Json(rows))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Inserts the row that items refer to. It is invisible until the commit, so its counts can be set later, in [`begin_job`].
pub(super) async fn reserve_job(tx: &mut Tx, new: &NewJob<'_>, now: Micros) -> Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO processing_jobs (id, user_id, list_id, source_name, status, total_videos, causes, seq, state, last_event_at, retry_of, run_at,
                                      created_at, updated_at, unclaimed_at)
         VALUES ($1, $2, $3, $4, 'pending', 1, $5, 1, $6, $7, $8, $7, $7, $7, $7)",
    )
    .bind(id)
    .bind(new.user_id)
    .bind(new.list_id)
    .bind(strip_nul(new.source_name))
    .bind(Json(Causes::new()))
    .bind(Json(job::pending(id, new.list_id, 1, now.0)))
    .bind(now)
    .bind(new.retry_of)
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Stores the `pending` state at 0 %, with the number of stored items. Returns it for publishing.
pub(super) async fn begin_job(tx: &mut Tx, job_id: Uuid, list_id: Uuid, total: u32) -> Result<ProgressUpdate> {
    let now = clock(tx).await?;
    let state = job::pending(job_id, list_id, total, now.0);
    sqlx::query(
        "UPDATE processing_jobs SET total_videos = $2, state = $3, last_event_at = $4, run_at = $4, created_at = $4, updated_at = $4,
                unclaimed_at = $4
         WHERE id = $1",
    )
    .bind(job_id)
    .bind(i64::from(total))
    .bind(Json(&state))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    add_events(tx, job_id, std::slice::from_ref(&state)).await?;
    Ok(state)
}
