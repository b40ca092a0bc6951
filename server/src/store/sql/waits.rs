//! Waiting for a source that cannot be used: the job that noticed it, and those that no worker has.

use std::time::Duration;

use app::wire::ProgressUpdate;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Database, Db, Tx, locked};
use crate::{
    job,
    store::{Lease, Result, Written, micros::Micros, rows::LockedJob},
};

/// Jobs that one call holds back.
const HELD_AT_ONCE: usize = 100;

pub(super) async fn begin(db: &Database, lease: &Lease, source: &str, pause: Duration) -> Result<Written> {
    let mut tx = db.begin().await?;
    let Some(mut job) = locked::leased(&mut tx, lease).await? else { return Ok(Written::LeaseLost) };
    let now = locked::clock(&mut tx).await?;
    let until = now.plus(pause);
    let sql = concat!(
        "INSERT INTO sources AS s (name, blocked_until) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET blocked_until =",
        " CASE WHEN excluded.blocked_until > s.blocked_until THEN excluded.blocked_until ELSE s.blocked_until END"
    );
    sqlx::query::<Db>(sql).bind(source).bind(until).execute(&mut *tx).await?;
    let state = wait(&mut tx, &mut job, until, now).await?;
    tx.commit().await?;
    Ok(Written::Stored { state: Box::new(state), cancel_requested: job.cancel_requested })
}

/// One transaction a job, so that none holds more than one row lock; what another process holds back at this moment is passed over.
pub(super) async fn hold_back(db: &Database, source: &str, longest: Duration) -> Result<Vec<(Uuid, ProgressUpdate)>> {
    let blocked = concat!("SELECT blocked_until FROM sources WHERE name = $1 AND blocked_until > ", now!());
    let Some(until) = sqlx::query_scalar::<Db, Micros>(blocked).bind(source).fetch_optional(db.reader()).await? else { return Ok(Vec::new()) };
    let mut held = Vec::new();
    while held.len() < HELD_AT_ONCE {
        let mut tx = db.begin().await?;
        let sql = select_job!(
            "WHERE ",
            unclaimed!(),
            " AND NOT j.cancel_requested AND j.run_at < $1 ORDER BY j.run_at, j.id LIMIT 1",
            for_update_skip_locked!()
        );
        let Some(mut job) = sqlx::query_as::<Db, LockedJob>(sql).bind(until).fetch_optional(&mut *tx).await? else { break };
        let now = locked::clock(&mut tx).await?;
        // Its worker died, if it had one.
        job.attempts += i64::from(job.lease_token.is_some());
        let state = if job.waiting_since.is_some_and(|since| since.plus(longest) <= now) {
            let state = locked::end(&mut tx, &mut job, &job::gave_up_waiting(), now).await?;
            locked::save(&mut tx, &job, std::slice::from_ref(&state), now).await?;
            state
        } else {
            wait(&mut tx, &mut job, until, now).await?
        };
        tx.commit().await?;
        held.push((job.user_id, state));
    }
    Ok(held)
}

pub(super) async fn forget(db: &Database, source: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query::<Db>("DELETE FROM sources WHERE name = $1").bind(source).execute(&mut *tx).await?;
    let sql = concat!(
        "UPDATE processing_jobs SET run_at = ",
        now!(),
        " WHERE id IN (SELECT id FROM processing_jobs WHERE ended_at IS NULL AND lease_token IS NULL AND waiting_since IS NOT NULL ORDER BY id",
        for_update!(),
        ")"
    );
    sqlx::query::<Db>(sql).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the lease away and stores the waiting state. The beginning of the wait is an event, and so is its end; that it goes on is not.
async fn wait(tx: &mut Tx, job: &mut LockedJob, until: Micros, now: Micros) -> Result<ProgressUpdate> {
    let begins = job.state.retry_at.is_none();
    let state = job::waiting(&job.state, until.0, now.0);
    job.state = Json(state.clone());
    job.waiting_since = job.waiting_since.or(Some(now));
    job.run_at = until;
    job.clear_lease();
    locked::save(tx, job, if begins { std::slice::from_ref(&state) } else { &[] }, now).await?;
    Ok(state)
}
