//! Keeping a lease, giving it back, taking all of them away.

use std::time::Duration;

use super::{Database, Db, claims};
use crate::store::{Lease, Renewal, Result, micros::in_micros};

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

pub(super) async fn void_all(db: &Database) -> Result<()> {
    let sql = "UPDATE processing_jobs SET lease_token = NULL, lease_until = NULL, attempts = attempts + 1 WHERE lease_token IS NOT NULL AND ended_at IS NULL";
    sqlx::query::<Db>(sql).execute(db.writer()).await?;
    Ok(())
}
