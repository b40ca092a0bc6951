//! A job's events in the order of `seq`.

use app::wire::{ProgressUpdate, Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Database, Db, jobs};
use crate::store::{Result, micros::Micros};

const MAX_LIMIT: u32 = 5_000;

/// Both conditions are always there, so that the statement is planned once: by the index on `(job_id, seq)`, in whose order it reads.
pub(super) const HISTORY: &str = concat!(
    "SELECT e.progress_data FROM job_progress_events e JOIN processing_jobs j ON j.id = e.job_id",
    " WHERE e.job_id = $1 AND j.user_id = $2 AND e.created_at > $3 AND CAST(e.progress_data ->> 'seq' AS BIGINT) > $4",
    " ORDER BY CAST(e.progress_data ->> 'seq' AS BIGINT) LIMIT $5"
);

pub(super) async fn read(
    db: &Database,
    user_id: Uuid,
    job_id: Uuid,
    since: Option<Timestamp>,
    after_seq: Option<u64>,
    limit: u32,
) -> Result<Vec<ProgressUpdate>> {
    let after_seq = i64::try_from(after_seq.unwrap_or_default()).unwrap_or(i64::MAX);
    let events = sqlx::query_scalar::<Db, Json<ProgressUpdate>>(HISTORY)
        .bind(job_id)
        .bind(user_id)
        .bind(since.map_or(Micros::EPOCH, Micros))
        .bind(after_seq)
        .bind(i64::from(limit.clamp(1, MAX_LIMIT)))
        .fetch_all(db.reader())
        .await?;
    if events.is_empty() {
        jobs::require(db, user_id, job_id).await?;
    }
    Ok(events.into_iter().map(|event| event.0).collect())
}
