//! Who works on what: claims, fair between users, and the end of jobs that kill their workers.

use app::wire::ProgressUpdate;
use uuid::Uuid;

use super::{Database, Db, Gate, Tx, locked};
use crate::{
    job::Ending,
    stop_points::{self, StopPoint},
    store::{Claim, ClaimRules, Lease, Result, micros::Micros, rows::LockedJob},
};

/// Poisoned jobs that one call ends.
const POISONED_AT_ONCE: usize = 100;

/// How often the job's lease was voided, an expired one that nobody has taken over yet included.
macro_rules! voided {
    () => {
        concat!("(j.attempts + CASE WHEN j.lease_until <= ", now!(), " THEN 1 ELSE 0 END)")
    };
}

/// One claim at a time in the whole system: what it counts as running stays true until it commits.
pub(super) async fn claim(db: &Database, rules: &ClaimRules) -> Result<Option<Claim>> {
    let mut tx = db.begin().await?;
    Gate::Claims.pass(&mut tx).await?;
    let Some(job) = next(&mut tx, rules).await? else { return Ok(None) };
    let now = locked::clock(&mut tx).await?;
    let claim = take(&mut tx, job, rules, now).await?;
    stop_points::reach(StopPoint::ClaimUncommitted);
    tx.commit().await?;
    Ok(Some(claim))
}

/// The next job, locked. One that was asked to stop is due at any time, even while its source is blocked: it needs no source to end.
async fn next(tx: &mut Tx, rules: &ClaimRules) -> Result<Option<LockedJob>> {
    let sql = select_job!(
        "LEFT JOIN (SELECT user_id, count(*) AS running FROM processing_jobs WHERE ended_at IS NULL AND lease_until > ",
        now!(),
        " GROUP BY user_id) r ON r.user_id = j.user_id WHERE ",
        unclaimed!(),
        " AND (j.cancel_requested OR (j.run_at <= ",
        now!(),
        " AND NOT EXISTS (SELECT 1 FROM sources s WHERE s.name = $1 AND s.blocked_until > ",
        now!(),
        "))) AND ",
        voided!(),
        " < $2 AND COALESCE(r.running, 0) < $3 ORDER BY COALESCE(r.running, 0), j.run_at, j.id LIMIT 1",
        for_update_skip_locked!()
    );
    let query = sqlx::query_as::<Db, LockedJob>(sql).bind(&rules.source).bind(i64::from(rules.max_attempts)).bind(i64::from(rules.per_user));
    Ok(query.fetch_optional(&mut **tx).await?)
}

async fn take(tx: &mut Tx, job: LockedJob, rules: &ClaimRules, now: Micros) -> Result<Claim> {
    let lease = Lease { job_id: job.id, user_id: job.user_id, token: Uuid::new_v4() };
    let sql = "UPDATE processing_jobs SET lease_token = $2, lease_until = $3, started_at = COALESCE(started_at, $4), attempts = $5 WHERE id = $1";
    sqlx::query::<Db>(sql)
        .bind(job.id)
        .bind(lease.token)
        .bind(now.plus(rules.lease))
        .bind(now)
        .bind(job.attempts + i64::from(job.lease_token.is_some()))
        .execute(&mut **tx)
        .await?;
    Ok(Claim { lease, state: job.state.0, cancel_requested: job.cancel_requested, waiting_since: job.waiting_since.map(|at| at.0), now: now.0 })
}

/// One transaction a job, so that none holds more than one row lock.
pub(super) async fn take_poisoned(db: &Database, max_attempts: u32) -> Result<Vec<(Uuid, ProgressUpdate)>> {
    let mut ended = Vec::new();
    while ended.len() < POISONED_AT_ONCE {
        let mut tx = db.begin().await?;
        let sql = select_job!("WHERE ", unclaimed!(), " AND ", voided!(), " >= $1 ORDER BY j.run_at LIMIT 1", for_update_skip_locked!());
        let job = sqlx::query_as::<Db, LockedJob>(sql).bind(i64::from(max_attempts)).fetch_optional(&mut *tx).await?;
        let Some(mut job) = job else { break };
        let now = locked::clock(&mut tx).await?;
        let ending = if job.cancel_requested {
            Ending::Cancelled
        } else {
            Ending::Failed(format!(
                "The worker stopped {max_attempts} times without finishing a video of this job. Retry it, or look into the server's log."
            ))
        };
        job.attempts += i64::from(job.lease_token.is_some());
        let state = locked::end(&mut tx, &mut job, &ending, now).await?;
        locked::save(&mut tx, &job, std::slice::from_ref(&state), now).await?;
        tx.commit().await?;
        ended.push((job.user_id, state));
    }
    Ok(ended)
}

/// True where a job of another user is due who has fewer running than this one: handing back then changes whose turn it is.
pub(super) async fn others_waiting(tx: &mut Tx, user_id: Uuid) -> Result<bool> {
    let sql = concat!(
        "SELECT EXISTS (SELECT 1 FROM processing_jobs j WHERE j.user_id <> $1 AND ",
        unclaimed!(),
        " AND j.run_at <= ",
        now!(),
        " AND (SELECT count(*) FROM processing_jobs o WHERE o.user_id = j.user_id AND o.ended_at IS NULL AND o.lease_until > ",
        now!(),
        ") < (SELECT count(*) FROM processing_jobs m WHERE m.user_id = $1 AND m.ended_at IS NULL AND m.lease_until > ",
        now!(),
        "))"
    );
    Ok(sqlx::query_scalar::<Db, bool>(sql).bind(user_id).fetch_one(&mut **tx).await?)
}
