//! Deleting: everything that refers to a row is locked first, in the order that all writers keep.

use uuid::Uuid;

use super::{Database, Db, Tx, ids, lists};
use crate::store::Result;

pub(super) async fn user(db: &Database, user_id: Uuid) -> Result<Vec<Uuid>> {
    let mut tx = db.begin_locking().await?;
    let sql = concat!("SELECT id FROM lists WHERE user_id = $1 ORDER BY id", for_update!());
    let list_ids = sqlx::query_scalar::<Db, Uuid>(sql).bind(user_id).fetch_all(&mut *tx).await?;
    let sql = concat!("SELECT id FROM processing_jobs WHERE user_id = $1 ORDER BY id", for_update!());
    sqlx::query::<Db>(sql).bind(user_id).execute(&mut *tx).await?;
    for list_id in list_ids {
        delete_list_rows(&mut tx, list_id).await?;
    }
    let sessions = sqlx::query_scalar::<Db, Uuid>("DELETE FROM sessions WHERE user_id = $1 RETURNING id").bind(user_id).fetch_all(&mut *tx).await?;
    sqlx::query::<Db>("DELETE FROM users WHERE id = $1").bind(user_id).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(sessions)
}

/// A worker on one of the jobs learns it from its next write, which finds no lease.
pub(super) async fn list(db: &Database, user_id: Uuid, list_id: Uuid) -> Result<Vec<Uuid>> {
    let mut tx = db.begin_locking().await?;
    lists::lock(&mut tx, user_id, list_id).await?;
    let sql = concat!("SELECT id FROM processing_jobs WHERE list_id = $1 ORDER BY id", for_update!());
    let jobs = sqlx::query_scalar::<Db, Uuid>(sql).bind(list_id).fetch_all(&mut *tx).await?;
    delete_list_rows(&mut tx, list_id).await?;
    tx.commit().await?;
    Ok(jobs)
}

/// Jobs before videos: otherwise every item would first be told that its video is gone.
async fn delete_list_rows(tx: &mut Tx, list_id: Uuid) -> Result<()> {
    for sql in ["DELETE FROM processing_jobs WHERE list_id = $1", "DELETE FROM lists WHERE id = $1"] {
        sqlx::query::<Db>(sql).bind(list_id).execute(&mut **tx).await?;
    }
    Ok(())
}

pub(super) async fn videos(db: &Database, user_id: Uuid, list_id: Uuid, video_ids: &[Uuid]) -> Result<()> {
    let mut tx = db.begin_locking().await?;
    lists::lock(&mut tx, user_id, list_id).await?;
    // Their items lose the reference to the video, and a job's items change only under its lock.
    let sql = concat!("SELECT id FROM processing_jobs WHERE list_id = $1 AND ended_at IS NULL ORDER BY id", for_update!());
    sqlx::query::<Db>(sql).bind(list_id).execute(&mut *tx).await?;
    let sql = concat!("SELECT id FROM videos WHERE list_id = $1 AND ", one_of!("id", "$2"), " ORDER BY id", for_update!());
    sqlx::query::<Db>(sql).bind(list_id).bind(ids(video_ids)).execute(&mut *tx).await?;
    let sql = concat!("DELETE FROM videos WHERE list_id = $1 AND ", one_of!("id", "$2"));
    sqlx::query::<Db>(sql).bind(list_id).bind(ids(video_ids)).execute(&mut *tx).await?;
    lists::touch(&mut tx, list_id).await?;
    tx.commit().await?;
    Ok(())
}
