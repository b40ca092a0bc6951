//! A job's events in the order of `seq`.

use app::wire::{ProgressUpdate, Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Database, Db, jobs};
use crate::store::{HISTORY, Result, micros::Micros};

/// The interface gives 5000 and asks for one more, to know whether there are more.
const MAX_LIMIT: u32 = 5_001;

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
