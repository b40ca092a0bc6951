//! A new job over what has not succeeded in an ended one.

use app::wire::{FailureCause, ProgressUpdate};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Database, Db, Tx, lists, locked, new_jobs};
use crate::store::{Result, Retry, StoreError, rows::LockedJob, text::count};

pub(super) async fn retry(db: &Database, user_id: Uuid, job_id: Uuid, causes: &[FailureCause]) -> Result<Retry> {
    let mut tx = db.begin_locking().await?;
    // A job never changes its list, so that the list can be locked first, as everywhere.
    let list = sqlx::query_scalar::<Db, Uuid>("SELECT list_id FROM processing_jobs WHERE id = $1 AND user_id = $2");
    if let Some(list_id) = list.bind(job_id).bind(user_id).fetch_optional(&mut *tx).await? {
        lists::lock(&mut tx, user_id, list_id).await?;
    }
    let origin = locked::of_user(&mut tx, user_id, job_id).await?;
    if origin.ended_at.is_none() {
        return Err(StoreError::JobActive);
    }
    let active = sqlx::query_scalar::<Db, Uuid>("SELECT id FROM processing_jobs WHERE retry_of = $1 AND ended_at IS NULL");
    if let Some(active) = active.bind(job_id).fetch_optional(&mut *tx).await? {
        return Ok(Retry::Active(active));
    }
    let state = create(&mut tx, &origin, causes).await?;
    tx.commit().await?;
    Ok(Retry::Created(state))
}

async fn create(tx: &mut Tx, origin: &LockedJob, causes: &[FailureCause]) -> Result<ProgressUpdate> {
    let now = locked::clock(tx).await?;
    let new = new_jobs::NewJob { user_id: origin.user_id, list_id: origin.list_id, source_name: &origin.source_name, retry_of: Some(origin.id) };
    let job_id = new_jobs::reserve(tx, &new, now).await?;
    let total = copy_items(tx, job_id, origin.id, causes).await?;
    if total == 0 {
        return Err(StoreError::NothingToRetry);
    }
    let sql = concat!("SELECT id FROM videos WHERE id IN (SELECT video_id FROM job_items WHERE job_id = $1) ORDER BY id", for_update!());
    sqlx::query::<Db>(sql).bind(job_id).execute(&mut **tx).await?;
    let sql = "UPDATE videos SET status = 'pending', cause = NULL, error = NULL WHERE id IN (SELECT video_id FROM job_items WHERE job_id = $1)";
    sqlx::query::<Db>(sql).bind(job_id).execute(&mut **tx).await?;
    lists::touch(tx, origin.list_id).await?;
    new_jobs::begin(tx, job_id, origin.list_id, total).await
}

/// Accepted lines whose video is still in the list and not looked up: failed (of these causes), cancelled, untried. A malformed id has
/// no video, and stays out.
async fn copy_items(tx: &mut Tx, job_id: Uuid, origin: Uuid, causes: &[FailureCause]) -> Result<u32> {
    let mut insert = QueryBuilder::<Db>::new("INSERT INTO job_items (job_id, line, input, youtube_id, verdict, video_id, place) SELECT ");
    insert.push_bind(job_id).push(", i.line, i.input, i.youtube_id, 'accepted', i.video_id, ROW_NUMBER() OVER (ORDER BY i.line)");
    insert.push(" FROM job_items i JOIN videos v ON v.id = i.video_id");
    insert.push(" WHERE i.job_id = ").push_bind(origin).push(" AND i.verdict = 'accepted' AND v.status <> 'ok'");
    insert.push(" AND (i.outcome IS NULL OR i.outcome = 'cancelled' OR (i.outcome = 'failed'");
    if !causes.is_empty() {
        insert.push(" AND i.cause IN (");
        let mut list = insert.separated(", ");
        for cause in causes {
            list.push_bind(cause.as_str());
        }
        insert.push(")");
    }
    insert.push("))");
    let copied = insert.build().execute(&mut **tx).await?.rows_affected();
    Ok(count(i64::try_from(copied).unwrap_or(i64::MAX)))
}
