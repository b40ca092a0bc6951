//! What a user does to a job: stop it, put its card away.

use app::wire::ProgressUpdate;
use uuid::Uuid;

use super::{Database, Db, jobs, locked};
use crate::{
    job::Ending,
    store::{Result, StoreError},
};

/// A job that nobody works on ends here; a worker ends its own, after the videos in flight.
pub(super) async fn cancel(db: &Database, user_id: Uuid, job_id: Uuid) -> Result<Option<ProgressUpdate>> {
    let mut tx = db.begin_locking().await?;
    let mut job = locked::of_user(&mut tx, user_id, job_id).await?;
    let now = locked::clock(&mut tx).await?;
    if job.ended_at.is_some() {
        return Ok(None);
    }
    if !job.is_idle(now) {
        sqlx::query::<Db>("UPDATE processing_jobs SET cancel_requested = TRUE WHERE id = $1").bind(job_id).execute(&mut *tx).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let state = locked::end(&mut tx, &mut job, &Ending::Cancelled, now).await?;
    locked::save(&mut tx, &job, std::slice::from_ref(&state), now).await?;
    tx.commit().await?;
    Ok(Some(state))
}

pub(super) async fn dismiss(db: &Database, user_id: Uuid, job_id: Uuid) -> Result<()> {
    let sql = concat!(
        "UPDATE processing_jobs SET dismissed_at = COALESCE(dismissed_at, ",
        now!(),
        ") WHERE id = $1 AND user_id = $2 AND ended_at IS NOT NULL"
    );
    let dismissed = sqlx::query::<Db>(sql).bind(job_id).bind(user_id).execute(db.writer()).await?;
    if dismissed.rows_affected() > 0 {
        return Ok(());
    }
    jobs::require(db, user_id, job_id).await?;
    Err(StoreError::JobActive)
}
