//! Stores an import in one transaction: videos, jobs, items and the `pending` events. Keeps one chunk of lines in memory at a time.

use app::wire::ProgressUpdate;
use async_trait::async_trait;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Database, Tx, clock,
    job_rows::{NewJob, begin_job, reserve_job},
    library::{lock_list, touch_list},
};
use crate::{
    import::{ImportError, ImportLine, Playlist},
    stop_points::{self, StopPoint},
    store::{
        ImportTarget, Imports, NewImport, Result, StoredImport,
        imports::{KeyedList, ListImport, NewItem, NewVideo, all_keys, match_playlists, next_chunk, primary_key, seen, unknown_list, youtube_ids},
        text::strip_nul,
    },
};

#[async_trait]
impl Imports for Database {
    async fn store_import(&self, import: NewImport, mut lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Vec<StoredImport>> {
        let mut tx = self.begin_locking().await?;
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
        let lists: Vec<KeyedList> = sqlx::query_as("SELECT id, name, source_key FROM lists WHERE user_id = $1 AND source_key = ANY($2)")
            .bind(user_id)
            .bind(all_keys(playlists))
            .fetch_all(&self.pool)
            .await?;
        Ok(match_playlists(playlists, &lists).into_iter().map(|found| found.map(|index| (lists[index].0, lists[index].1.clone()))).collect())
    }

    async fn existing_youtube_ids(&self, user_id: Uuid, list_id: Uuid, youtube_ids: &[String]) -> Result<Vec<String>> {
        // The list's id is repeated per row: with a condition on the list alone, for whose new videos there are no statistics yet, all of
        // them would be read.
        Ok(sqlx::query_scalar(
            "SELECT v.youtube_id FROM UNNEST($1::uuid[], $2::text[]) AS wanted(list_id, youtube_id)
             JOIN videos v ON v.list_id = wanted.list_id AND v.youtube_id = wanted.youtube_id
             JOIN lists l ON l.id = v.list_id
             WHERE l.user_id = $3",
        )
        .bind(vec![list_id; youtube_ids.len()])
        .bind(youtube_ids)
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?)
    }
}

/// The lists of an import, locked until the transaction ends, each with a job.
async fn begin_lists(tx: &mut Tx, import: &NewImport) -> Result<Vec<ListImport>> {
    let lists = match &import.into {
        ImportTarget::List(list_id) => vec![(*list_id, lock_list(tx, import.user_id, *list_id).await?)],
        ImportTarget::Playlists(playlists) => lock_or_create_lists(tx, import.user_id, playlists).await?,
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

/// Only one import per user creates lists at a time. So two imports of the same file create each list once, and neither waits for a list of
/// the other while it holds one.
async fn lock_or_create_lists(tx: &mut Tx, user_id: Uuid, playlists: &[Playlist]) -> Result<Vec<(Uuid, String)>> {
    // The key is the random half of the user's id; a collision with an `AdvisoryLock` is as unlikely as one of two ids.
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(user_id.as_u64_pair().1.cast_signed()).execute(&mut **tx).await?;
    let there: Vec<KeyedList> =
        sqlx::query_as("SELECT id, name, source_key FROM lists WHERE user_id = $1 AND source_key = ANY($2) ORDER BY id FOR UPDATE")
            .bind(user_id)
            .bind(all_keys(playlists))
            .fetch_all(&mut **tx)
            .await?;
    let mut locked = Vec::with_capacity(playlists.len());
    for (playlist, found) in playlists.iter().zip(match_playlists(playlists, &there)) {
        let key = primary_key(playlist);
        if let Some((id, name, old_key)) = found.map(|index| &there[index]) {
            // This file may contain more keys of the playlist than an earlier one did.
            if key.as_ref() != Some(old_key) {
                sqlx::query("UPDATE lists SET source_key = $2 WHERE id = $1").bind(id).bind(key).execute(&mut **tx).await?;
            }
            locked.push((*id, name.clone()));
        } else {
            let (id, name) = (Uuid::now_v7(), strip_nul(&playlist.name));
            sqlx::query(
                "INSERT INTO lists (id, user_id, name, source_key, created_at, updated_at)
                 SELECT $1, $2, $3, $4, now, now FROM clock_timestamp() AS now",
            )
            .bind(id)
            .bind(user_id)
            .bind(&*name)
            .bind(key)
            .execute(&mut **tx)
            .await?;
            locked.push((id, name.into_owned()));
        }
    }
    Ok(locked)
}

/// Returns those of these videos that the list contains, with the line if an earlier chunk of this file added it. Items are found by video
/// alone, because only this job has items of videos that this file added.
async fn videos_seen(tx: &mut Tx, list: &ListImport, youtube_ids: Vec<String>) -> Result<Vec<(String, Option<i64>)>> {
    // The list's id is repeated per row: with a condition on the list alone, for whose new videos there are no statistics yet, all of them
    // would be read.
    Ok(sqlx::query_as(
        "SELECT v.youtube_id, CASE WHEN v.position > $3 THEN (SELECT min(i.line) FROM job_items i WHERE i.video_id = v.id) END
         FROM UNNEST($1::uuid[], $2::text[]) AS wanted(list_id, youtube_id)
         JOIN videos v ON v.list_id = wanted.list_id AND v.youtube_id = wanted.youtube_id",
    )
    .bind(vec![list.list_id; youtube_ids.len()])
    .bind(youtube_ids)
    .bind(list.positions_before)
    .fetch_all(&mut **tx)
    .await?)
}

async fn insert_videos(tx: &mut Tx, list_id: Uuid, videos: Vec<NewVideo>) -> Result<()> {
    if videos.is_empty() {
        return Ok(());
    }
    let (mut ids, mut youtube_ids, mut titles, mut added) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut positions, mut title_keys, mut search_texts) = (Vec::new(), Vec::new(), Vec::new());
    for video in videos {
        ids.push(video.id);
        youtube_ids.push(video.youtube_id);
        titles.push(video.title);
        added.push(video.added_at);
        positions.push(video.position);
        title_keys.push(video.title_key);
        search_texts.push(video.search_text);
    }
    sqlx::query(
        "INSERT INTO videos (id, list_id, youtube_id, title, added_at, position, status, title_key, search_text)
         SELECT v.id, $1, v.youtube_id, v.title, v.added_at, v.position, 'pending', v.title_key, v.search_text
         FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::text[], $8::text[])
              AS v(id, youtube_id, title, added_at, position, title_key, search_text)",
    )
    .bind(list_id)
    .bind(ids)
    .bind(youtube_ids)
    .bind(titles)
    .bind(added)
    .bind(positions)
    .bind(title_keys)
    .bind(search_texts)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_items(tx: &mut Tx, job_id: Uuid, items: Vec<NewItem>) -> Result<()> {
    let (mut lines, mut inputs, mut youtube_ids, mut verdicts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut reasons, mut video_ids, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        lines.push(item.line);
        inputs.push(item.input);
        youtube_ids.push(item.youtube_id);
        verdicts.push(item.verdict);
        reasons.push(item.reason);
        video_ids.push(item.video_id);
        places.push(item.place);
    }
    sqlx::query(
        "INSERT INTO job_items (job_id, line, input, youtube_id, verdict, reason, video_id, place)
         SELECT $1, i.line, i.input, i.youtube_id, i.verdict, i.reason, i.video_id, i.place
         FROM UNNEST($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::bigint[])
              AS i(line, input, youtube_id, verdict, reason, video_id, place)",
    )
    .bind(job_id)
    .bind(lines)
    .bind(inputs)
    .bind(youtube_ids)
    .bind(verdicts)
    .bind(reasons)
    .bind(video_ids)
    .bind(places)
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
