//! The history of jobs that ended long ago, thinned to what is still asked for: how each began, what failed, how it ended.

use std::time::Duration;

use uuid::Uuid;

use super::{Database, Db, ids};
use crate::store::{Result, micros::in_micros, text::count};

/// Jobs of one transaction. A job has some hundred events, so that nobody waits long for its locks, nor for SQLite's writer.
const JOBS_AT_ONCE: i64 = 10;

/// Thins the next few jobs. One that is locked is left for a later call: it is being deleted, or somebody else is at it.
pub(super) async fn thin(db: &Database, ended_for: Duration) -> Result<u32> {
    let mut tx = db.begin().await?;
    let sql = concat!(
        "SELECT j.id FROM processing_jobs j WHERE j.ended_at <= ",
        now_plus!("$1"),
        " AND j.thinned_at IS NULL ORDER BY j.ended_at LIMIT $2",
        for_update_skip_locked!()
    );
    let query = sqlx::query_scalar::<Db, Uuid>(sql).bind(in_micros(ended_for).saturating_neg()).bind(JOBS_AT_ONCE);
    let jobs = query.fetch_all(&mut *tx).await?;
    if jobs.is_empty() {
        return Ok(0);
    }
    // A history begins with `seq` 1, and what is neither pending nor at work is the end.
    let sql = concat!(
        "DELETE FROM job_progress_events WHERE ",
        one_of!("job_id", "$1"),
        " AND CAST(progress_data ->> 'seq' AS BIGINT) > 1 AND (progress_data ->> 'error') IS NULL",
        " AND (progress_data ->> 'status') IN ('pending', 'processing')"
    );
    sqlx::query::<Db>(sql).bind(ids(&jobs)).execute(&mut *tx).await?;
    let sql = concat!("UPDATE processing_jobs SET thinned_at = ", now!(), " WHERE ", one_of!("id", "$1"));
    sqlx::query::<Db>(sql).bind(ids(&jobs)).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(count(i64::try_from(jobs.len()).unwrap_or(i64::MAX)))
}
