//! The first rows of a job: an import and a retry begin alike.

use app::wire::{Causes, ProgressUpdate};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Db, Tx, locked};
use crate::{
    job,
    store::{Result, micros::Micros, text::clean},
};

/// A job to be made.
pub(super) struct NewJob<'a> {
    pub(super) user_id: Uuid,
    pub(super) list_id: Uuid,
    pub(super) source_name: &'a str,
    pub(super) retry_of: Option<Uuid>,
}

/// The row that items refer to. Nobody sees it before the commit, so that its numbers may wait for [`begin`].
pub(super) async fn reserve(tx: &mut Tx, new: &NewJob<'_>, now: Micros) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let sql = concat!(
        "INSERT INTO processing_jobs (id, user_id, list_id, source_name, status, total_videos, causes, seq, state, last_event_at, retry_of,",
        " run_at, created_at, updated_at) VALUES ($1, $2, $3, $4, 'pending', 1, $5, 1, $6, $7, $8, $7, $7, $7)"
    );
    sqlx::query::<Db>(sql)
        .bind(id)
        .bind(new.user_id)
        .bind(new.list_id)
        .bind(clean(new.source_name))
        .bind(Json(Causes::new()))
        .bind(Json(job::pending(id, new.list_id, 1, now.0)))
        .bind(now)
        .bind(new.retry_of)
        .execute(&mut **tx)
        .await?;
    Ok(id)
}

/// The `pending` state at 0 %, over as many items as were stored; answered for publishing.
pub(super) async fn begin(tx: &mut Tx, job_id: Uuid, list_id: Uuid, total: u32) -> Result<ProgressUpdate> {
    let now = locked::clock(tx).await?;
    let state = job::pending(job_id, list_id, total, now.0);
    let sql =
        "UPDATE processing_jobs SET total_videos = $2, state = $3, last_event_at = $4, run_at = $4, created_at = $4, updated_at = $4 WHERE id = $1";
    sqlx::query::<Db>(sql).bind(job_id).bind(i64::from(total)).bind(Json(&state)).bind(now).execute(&mut **tx).await?;
    locked::add_events(tx, job_id, std::slice::from_ref(&state)).await?;
    Ok(state)
}
