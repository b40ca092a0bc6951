//! Keeping a lease, giving it back, and waiting for the source.

use std::time::Duration;

use sqlx::types::Json;

use super::{Database, Db, claims, locked};
use crate::{
    job,
    store::{Lease, Renewal, Result, Written, micros::in_micros},
};

pub(super) async fn renew(db: &Database, lease: &Lease, term: Duration) -> Result<Renewal> {
    let mut tx = db.begin().await?;
    let sql = concat!(
        "UPDATE processing_jobs SET lease_until = ",
        now_plus!("$3"),
        " WHERE id = $1 AND lease_token = $2 AND ended_at IS NULL RETURNING cancel_requested"
    );
    let held = sqlx::query_scalar::<Db, bool>(sql).bind(lease.job_id).bind(lease.token).bind(in_micros(term)).fetch_optional(&mut *tx).await?;
    let Some(cancel_requested) = held else { return Ok(Renewal::LeaseLost) };
    let others_waiting = claims::others_waiting(&mut tx, lease.user_id).await?;
    tx.commit().await?;
    Ok(Renewal::Held { cancel_requested, others_waiting })
}

pub(super) async fn release(db: &Database, lease: &Lease) -> Result<()> {
    let sql = concat!(
        "UPDATE processing_jobs SET lease_token = NULL, lease_until = NULL, run_at = ",
        now!(),
        " WHERE id = $1 AND lease_token = $2 AND ended_at IS NULL"
    );
    sqlx::query::<Db>(sql).bind(lease.job_id).bind(lease.token).execute(db.writer()).await?;
    Ok(())
}

pub(super) async fn wait_for_source(db: &Database, lease: &Lease, source: &str, pause: Duration) -> Result<Written> {
    let mut tx = db.begin().await?;
    let Some(mut job) = locked::leased(&mut tx, lease).await? else { return Ok(Written::LeaseLost) };
    let now = locked::clock(&mut tx).await?;
    let retry_at = now.plus(pause);
    let sql = concat!(
        "INSERT INTO sources AS s (name, blocked_until) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET blocked_until =",
        " CASE WHEN excluded.blocked_until > s.blocked_until THEN excluded.blocked_until ELSE s.blocked_until END"
    );
    sqlx::query::<Db>(sql).bind(source).bind(retry_at).execute(&mut *tx).await?;
    let state = job::waiting(&job.state, retry_at.0, now.0);
    // The beginning of the wait is an event, and so is its end; that it goes on is not.
    let begins = job.state.retry_at.is_none();
    job.state = Json(state.clone());
    job.waiting_since = job.waiting_since.or(Some(now));
    job.run_at = retry_at;
    job.clear_lease();
    locked::save(&mut tx, &job, if begins { std::slice::from_ref(&state) } else { &[] }, now).await?;
    tx.commit().await?;
    Ok(Written::Stored { state: Box::new(state), cancel_requested: job.cancel_requested })
}

pub(super) async fn void_all(db: &Database) -> Result<()> {
    let sql = "UPDATE processing_jobs SET lease_token = NULL, lease_until = NULL, attempts = attempts + 1 WHERE lease_token IS NOT NULL AND ended_at IS NULL";
    sqlx::query::<Db>(sql).execute(db.writer()).await?;
    Ok(())
}
