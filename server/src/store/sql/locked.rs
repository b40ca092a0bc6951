//! A job under its row lock: read, changed in memory by the pure functions of `job`, and saved with its events.

use app::wire::ProgressUpdate;
use sqlx::{QueryBuilder, types::Json};
use uuid::Uuid;

use super::{Db, Tx};
use crate::{
    job::{self, Ending},
    store::{Entity, Lease, Result, micros::Micros, owner, rows::LockedJob},
};

/// Rows of one INSERT; keeps the number of parameters far below both databases' limits.
const EVENTS_AT_ONCE: usize = 500;

/// The database's clock. Read after the lock is held: the wait for it may have been long.
pub(super) async fn clock(tx: &mut Tx) -> Result<Micros> {
    Ok(sqlx::query_scalar::<Db, Micros>(concat!("SELECT ", now!())).fetch_one(&mut **tx).await?)
}

/// Locks a user's job.
pub(super) async fn of_user(tx: &mut Tx, user_id: Uuid, job_id: Uuid) -> Result<LockedJob> {
    let sql = select_job!("WHERE j.id = $1", for_update!());
    let job = sqlx::query_as::<Db, LockedJob>(sql).bind(job_id).fetch_optional(&mut **tx).await?;
    owner::compare(job.as_ref().map(|job| job.user_id), user_id, Entity::Job)?;
    job.ok_or(crate::store::StoreError::NotFound(Entity::Job))
}

/// Locks the job of a lease; `None` where the lease is lost.
pub(super) async fn leased(tx: &mut Tx, lease: &Lease) -> Result<Option<LockedJob>> {
    let sql = select_job!("WHERE j.id = $1 AND j.lease_token = $2 AND j.ended_at IS NULL", for_update!());
    Ok(sqlx::query_as::<Db, LockedJob>(sql).bind(lease.job_id).bind(lease.token).fetch_optional(&mut **tx).await?)
}

/// Ends a job: the terminal state, the lease taken away, what is untried cancelled if that was asked for. Still to be saved.
pub(super) async fn end(tx: &mut Tx, job: &mut LockedJob, ending: &Ending, now: Micros) -> Result<ProgressUpdate> {
    if *ending == Ending::Cancelled {
        let sql = "UPDATE job_items SET outcome = 'cancelled' WHERE job_id = $1 AND verdict = 'accepted' AND outcome IS NULL";
        sqlx::query::<Db>(sql).bind(job.id).execute(&mut **tx).await?;
    }
    let state = job::ended(&job.state, ending, now.0);
    job.state = Json(state.clone());
    job.ended_at = Some(now);
    job.waiting_since = None;
    job.clear_lease();
    Ok(state)
}

/// Writes a job back with the events that led to its state.
pub(super) async fn save(tx: &mut Tx, job: &LockedJob, events: &[ProgressUpdate], now: Micros) -> Result<()> {
    add_events(tx, job.id, events).await?;
    let state = &job.state.0;
    let sql = concat!(
        "UPDATE processing_jobs SET status = $2, current_video = $3, failed_videos = $4, causes = $5, seq = $6, state = $7, last_event_at = $8,",
        " attempts = $9, run_at = $10, waiting_since = $11, lease_until = $12, lease_token = $13, updated_at = $14, ended_at = $15 WHERE id = $1"
    );
    sqlx::query::<Db>(sql)
        .bind(job.id)
        .bind(state.status.as_str())
        .bind(i64::from(state.current_video))
        .bind(i64::from(state.failed_videos.unwrap_or_default()))
        .bind(&job.causes)
        .bind(seq(state))
        .bind(&job.state)
        .bind(Micros(state.created_at.unwrap_or(now.0)))
        .bind(job.attempts)
        .bind(job.run_at)
        .bind(job.waiting_since)
        .bind(job.lease_until)
        .bind(job.lease_token)
        .bind(now)
        .bind(job.ended_at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Stores states as events. The column and the JSON hold the same instant.
pub(super) async fn add_events(tx: &mut Tx, job_id: Uuid, events: &[ProgressUpdate]) -> Result<()> {
    for chunk in events.chunks(EVENTS_AT_ONCE) {
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO job_progress_events (id, job_id, created_at, progress_data) ");
        insert.push_values(chunk, |mut row, event| {
            row.push_bind(Uuid::now_v7()).push_bind(job_id).push_bind(event.created_at.map(Micros)).push_bind(Json(event));
        });
        insert.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

fn seq(state: &ProgressUpdate) -> i64 {
    state.seq.and_then(|seq| i64::try_from(seq).ok()).unwrap_or_default()
}
