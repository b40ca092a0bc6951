//! Stores an import in one transaction: videos, jobs, items and the `pending` events. Keeps one chunk of lines in memory at a time.

use app::wire::ProgressUpdate;
use async_trait::async_trait;
use sqlx::types::Json;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Database, Tx, clock,
    job_rows::{begin_job, reserve_job},
    library::{require_list, touch_list},
};
use crate::{
    import::{ImportError, ImportLine, Playlist},
    stop_points::{self, StopPoint},
    store::{
        ImportTarget, Imports, NewImport, Result, StoredImport,
        imports::{KeyedList, ListImport, NewItem, NewVideo, all_keys, match_playlists, next_chunk, primary_key, seen, unknown_list, youtube_ids},
        jobs::NewJob,
        text::strip_nul,
    },
};

#[async_trait]
impl Imports for Database {
    async fn store_import(&self, import: NewImport, mut lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Vec<StoredImport>> {
        let mut tx = self.begin().await?;
        let mut lists = begin_lists(&mut tx, &import).await?;
        // An error drops the transaction, which rolls everything back.
        while let Some(chunk) = next_chunk(&mut lines).await? {
            for (number, lines) in chunk {
                let list = lists.get_mut(number).ok_or_else(unknown_list)?;
                let ids = youtube_ids(&lines);
                let seen = seen(videos_seen(&mut tx, list, ids).await?);
                let (videos, items) = list.rows(lines, seen);
                insert_videos(&mut tx, list.list_id, videos).await?;
                insert_items(&mut tx, list.job_id, items).await?;
            }
        }
        if lists.iter().all(|list| list.counts.accepted == 0) {
            tx.rollback().await?;
            return Ok(lists.into_iter().map(|list| list.stored(None)).collect());
        }
        let mut stored = Vec::with_capacity(lists.len());
        for list in lists {
            let job = end_list(&mut tx, &list).await?;
            stored.push(list.stored(job));
        }
        stop_points::reach(StopPoint::ImportUncommitted);
        tx.commit().await?;
        stop_points::reach(StopPoint::ImportCommitted);
        Ok(stored)
    }

    async fn lists_for_playlists(&self, user_id: Uuid, playlists: &[Playlist]) -> Result<Vec<Option<(Uuid, String)>>> {
        let lists: Vec<KeyedList> =
            sqlx::query_as("SELECT id, name, source_key FROM lists WHERE user_id = $1 AND source_key IN (SELECT value FROM json_each($2))")
                .bind(user_id)
                .bind(Json(all_keys(playlists)))
                .fetch_all(&self.readers)
                .await?;
        Ok(match_playlists(playlists, &lists).into_iter().map(|found| found.map(|index| (lists[index].0, lists[index].1.clone()))).collect())
    }

    async fn existing_youtube_ids(&self, user_id: Uuid, list_id: Uuid, youtube_ids: &[String]) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar(
            "SELECT v.youtube_id FROM json_each($2) AS wanted
             CROSS JOIN videos v ON v.list_id = $1 AND v.youtube_id = wanted.value
             JOIN lists l ON l.id = v.list_id
             WHERE l.user_id = $3",
        )
        .bind(list_id)
        .bind(Json(youtube_ids))
        .bind(user_id)
        .fetch_all(&self.readers)
        .await?)
    }
}

/// The lists of an import, each with a job.
async fn begin_lists(tx: &mut Tx, import: &NewImport) -> Result<Vec<ListImport>> {
    let lists = match &import.into {
        ImportTarget::List(list_id) => vec![(*list_id, require_list(tx, import.user_id, *list_id).await?)],
        ImportTarget::Playlists(playlists) => find_or_create_lists(tx, import.user_id, playlists).await?,
    };
    let now = clock(tx).await?;
    let mut begun = Vec::with_capacity(lists.len());
    for (index, (list_id, name)) in lists.into_iter().enumerate() {
        let new = NewJob { user_id: import.user_id, list_id, source_name: import.job_name(index), retry_of: None };
        let job_id = reserve_job(tx, &new, now).await?;
        let last = sqlx::query_scalar("SELECT COALESCE(max(position), 0) FROM videos WHERE list_id = $1").bind(list_id).fetch_one(&mut **tx).await?;
        begun.push(ListImport::new(list_id, name, job_id, last, now));
    }
    Ok(begun)
}

/// Returns the lists of these playlists, and creates those that are missing.
async fn find_or_create_lists(tx: &mut Tx, user_id: Uuid, playlists: &[Playlist]) -> Result<Vec<(Uuid, String)>> {
    let there: Vec<KeyedList> =
        sqlx::query_as("SELECT id, name, source_key FROM lists WHERE user_id = $1 AND source_key IN (SELECT value FROM json_each($2)) ORDER BY id")
            .bind(user_id)
            .bind(Json(all_keys(playlists)))
            .fetch_all(&mut **tx)
            .await?;
    let mut opened = Vec::with_capacity(playlists.len());
    for (playlist, found) in playlists.iter().zip(match_playlists(playlists, &there)) {
        let key = primary_key(playlist);
        if let Some((id, name, old_key)) = found.map(|index| &there[index]) {
            // This file may contain more keys of the playlist than an earlier one did.
            if key.as_ref() != Some(old_key) {
                sqlx::query("UPDATE lists SET source_key = $2 WHERE id = $1").bind(id).bind(key).execute(&mut **tx).await?;
            }
            opened.push((*id, name.clone()));
        } else {
            let (id, name) = (Uuid::now_v7(), strip_nul(&playlist.name));
            sqlx::query(
                "INSERT INTO lists (id, user_id, name, source_key, created_at, updated_at)
                 SELECT $1, $2, $3, $4, now, now FROM clock",
            )
            .bind(id)
            .bind(user_id)
            .bind(&*name)
            .bind(key)
            .execute(&mut **tx)
            .await?;
            opened.push((id, name.into_owned()));
        }
    }
    Ok(opened)
}

/// Returns those of these videos that the list contains, with the line if an earlier chunk of this file added it. Items are found by video
/// alone, because only this job has items of videos that this file added.
async fn videos_seen(tx: &mut Tx, list: &ListImport, youtube_ids: Vec<String>) -> Result<Vec<(String, Option<i64>)>> {
    Ok(sqlx::query_as(
        "SELECT v.youtube_id, CASE WHEN v.position > $3 THEN (SELECT min(i.line) FROM job_items i WHERE i.video_id = v.id) END
         FROM json_each($2) AS wanted
         CROSS JOIN videos v ON v.list_id = $1 AND v.youtube_id = wanted.value",
    )
    .bind(list.list_id)
    .bind(Json(youtube_ids))
    .bind(list.positions_before)
    .fetch_all(&mut **tx)
    .await?)
}

async fn insert_videos(tx: &mut Tx, list_id: Uuid, videos: Vec<NewVideo>) -> Result<()> {
    if videos.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO videos (id, list_id, youtube_id, title, added_at, position, status, title_key, search_text)
         SELECT unhex(v.value ->> 'id', '-'), $1, v.value ->> 'youtube_id', v.value ->> 'title', v.value ->> 'added_at', v.value ->> 'position',
                'pending', v.value ->> 'title_key', v.value ->> 'search_text'
         FROM json_each($2) AS v",
    )
    .bind(list_id)
    .bind(Json(videos))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_items(tx: &mut Tx, job_id: Uuid, items: Vec<NewItem>) -> Result<()> {
    sqlx::query(
        "INSERT INTO job_items (job_id, line, input, youtube_id, verdict, reason, video_id, place)
         SELECT $1, i.value ->> 'line', i.value ->> 'input', i.value ->> 'youtube_id', i.value ->> 'verdict', i.value ->> 'reason',
                unhex(i.value ->> 'video_id', '-'), i.value ->> 'place'
         FROM json_each($2) AS i",
    )
    .bind(job_id)
    .bind(Json(items))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Returns the job's first state, or deletes the job if nothing was new in that list.
async fn end_list(tx: &mut Tx, list: &ListImport) -> Result<Option<ProgressUpdate>> {
    if list.counts.accepted == 0 {
        sqlx::query("DELETE FROM processing_jobs WHERE id = $1").bind(list.job_id).execute(&mut **tx).await?;
        return Ok(None);
    }
    touch_list(tx, list.list_id).await?;
    Ok(Some(begin_job(tx, list.job_id, list.list_id, list.counts.accepted).await?))
}
