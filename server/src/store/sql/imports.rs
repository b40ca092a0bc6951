//! An import, whole: videos, jobs, items and the `pending` events in one transaction, a chunk of lines in memory at a time.

mod targets;
mod writer;

use tokio::sync::mpsc;
use uuid::Uuid;

use self::writer::Writer;
use super::{Database, Db, Tx, lists, locked, new_jobs};
use crate::{
    import::{ImportError, ImportLine},
    stop_points::{self, StopPoint},
    store::{NewImport, Result, StoreError, StoredImport},
};

pub(super) use self::targets::lists_of_playlists;

/// Lines that are stored by one statement each of videos and items.
const CHUNK: usize = 500;

pub(super) async fn store(db: &Database, import: NewImport, mut lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Vec<StoredImport>> {
    let mut tx = db.begin_locking().await?;
    let lists = targets::open(&mut tx, import.user_id, &import.into).await?;
    let now = locked::clock(&mut tx).await?;
    let mut writers = Vec::with_capacity(lists.len());
    for (list_id, name) in lists {
        let new = new_jobs::NewJob { user_id: import.user_id, list_id, source_name: &import.source_name, retry_of: None };
        let job_id = new_jobs::reserve(&mut tx, &new, now).await?;
        writers.push(Writer::new(&mut tx, list_id, name, job_id, now).await?);
    }
    let mut received = Vec::with_capacity(CHUNK);
    while lines.recv_many(&mut received, CHUNK).await > 0 {
        // An error drops the transaction, and with it everything so far.
        let mut chunk = received.drain(..).collect::<Result<Vec<_>, ImportError>>()?;
        // Stable, so that each list's lines stay in order.
        chunk.sort_by_key(|line| line.list);
        while let Some(list) = chunk.first().map(|line| line.list) {
            let rest = chunk.split_off(chunk.partition_point(|line| line.list == list));
            let writer = writers.get_mut(list as usize).ok_or_else(no_such_list)?;
            writer.store(&mut tx, chunk).await?;
            chunk = rest;
        }
    }
    if writers.iter().all(|writer| writer.counts.accepted == 0) {
        tx.rollback().await?;
        return Ok(writers.into_iter().map(|writer| writer.stored(None)).collect());
    }
    let mut stored = Vec::with_capacity(writers.len());
    for writer in writers {
        let job = end(&mut tx, &writer).await?;
        stored.push(writer.stored(job));
    }
    stop_points::reach(StopPoint::ImportUncommitted);
    tx.commit().await?;
    stop_points::reach(StopPoint::ImportCommitted);
    Ok(stored)
}

/// The job's first state; or no job, where nothing was new in that list.
async fn end(tx: &mut Tx, writer: &Writer) -> Result<Option<app::wire::ProgressUpdate>> {
    if writer.counts.accepted == 0 {
        sqlx::query::<Db>("DELETE FROM processing_jobs WHERE id = $1").bind(writer.job_id).execute(&mut **tx).await?;
        return Ok(None);
    }
    lists::touch(tx, writer.list_id).await?;
    Ok(Some(new_jobs::begin(tx, writer.job_id, writer.list_id, writer.counts.accepted).await?))
}

fn no_such_list() -> StoreError {
    StoreError::Internal("a line of an import names a list that the import does not have".into())
}

/// The highest position in a list.
async fn last_position(tx: &mut Tx, list_id: Uuid) -> Result<i64> {
    let sql = "SELECT COALESCE(max(position), 0) FROM videos WHERE list_id = $1";
    Ok(sqlx::query_scalar::<Db, i64>(sql).bind(list_id).fetch_one(&mut **tx).await?)
}
