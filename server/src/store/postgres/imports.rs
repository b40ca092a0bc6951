//! Stores an import in one transaction: videos, jobs, items and the `pending` events. Keeps one chunk of lines in memory at a time.
//!
//! The lines are staged in a temporary table first. Then the lists are locked, and one statement each inserts all videos and all items.

mod staging;

use app::wire::ProgressUpdate;
use async_trait::async_trait;
use tokio::sync::mpsc;
use uuid::Uuid;

use self::staging::stage_lines;
use super::{
    Database, Tx, clock,
    job_rows::{begin_job, reserve_job},
    library::{lock_list, touch_list},
};
use crate::{
    import::{Counts, ImportError, ImportLine, Playlist, Seen},
    stop_points::{self, StopPoint},
    store::{
        ImportTarget, Imports, NewImport, Result, StoredImport,
        imports::{KeyedList, all_keys, match_playlists, primary_key, unknown_list},
        jobs::NewJob,
        text::{count, parse_name, strip_nul},
    },
};

#[async_trait]
impl Imports for Database {
    async fn store_import(&self, import: NewImport, mut lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Vec<StoredImport>> {
        // An error drops the transaction, which rolls everything back.
        let (mut tx, _permit) = self.begin_import(import.user_id).await?;
        let mut counts = stage_lines(&mut tx, &mut lines).await?;
        let lists = begin_lists(&mut tx, &import).await?;
        if counts.len() > lists.len() {
            return Err(unknown_list());
        }
        counts.resize_with(lists.len(), Counts::default);
        insert_videos(&mut tx, &lists).await?;
        insert_items(&mut tx, &lists, &mut counts).await?;
        if counts.iter().all(|counts| counts.accepted == 0) {
            tx.rollback().await?;
            let stored = lists.into_iter().zip(counts).map(|(list, counts)| list.stored(None, counts));
            return Ok(stored.collect());
        }
        let mut stored = Vec::with_capacity(lists.len());
        for (list, counts) in lists.into_iter().zip(counts) {
            let job = end_list(&mut tx, &list, counts.accepted).await?;
            stored.push(list.stored(job, counts));
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

/// A list of an import, locked until the transaction ends.
struct LockedList {
    list_id: Uuid,
    name: String,
    job_id: Uuid,
    /// The highest position in it.
    last_position: i64,
}

impl LockedList {
    fn stored(self, job: Option<ProgressUpdate>, counts: Counts) -> StoredImport {
        StoredImport { list_id: self.list_id, list_name: self.name, job, counts }
    }
}

/// Locks or creates the lists of an import, and creates a job for each.
async fn begin_lists(tx: &mut Tx, import: &NewImport) -> Result<Vec<LockedList>> {
    let lists = match &import.into {
        ImportTarget::List(list_id) => vec![(*list_id, lock_list(tx, import.user_id, *list_id).await?)],
        ImportTarget::Playlists(playlists) => lock_or_create_lists(tx, import.user_id, playlists).await?,
    };
    let now = clock(tx).await?;
    let mut begun = Vec::with_capacity(lists.len());
    for (index, (list_id, name)) in lists.into_iter().enumerate() {
        let new = NewJob { user_id: import.user_id, list_id, source_name: import.job_name(index), retry_of: None };
        let job_id = reserve_job(tx, &new, now).await?;
        let last = sqlx::query_scalar("SELECT COALESCE(max(position), 0) FROM videos WHERE list_id = $1");
        let last_position = last.bind(list_id).fetch_one(&mut **tx).await?;
        begun.push(LockedList { list_id, name, job_id, last_position });
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

/// Inserts the videos that the lists do not contain yet, in the order of the lines.
async fn insert_videos(tx: &mut Tx, lists: &[LockedList]) -> Result<()> {
    sqlx::query(
        "INSERT INTO videos (id, list_id, youtube_id, title, added_at, position, status, title_key, search_text)
         SELECT s.id, l.list_id, s.youtube_id, s.title, COALESCE(s.added_at, now.at),
                l.last_position + ROW_NUMBER() OVER (PARTITION BY s.list ORDER BY s.line), 'pending', s.title_key, s.search_text
         FROM UNNEST($1::uuid[], $2::bigint[]) WITH ORDINALITY AS l(list_id, last_position, number)
         JOIN import_lines s ON s.list = l.number - 1
         CROSS JOIN (SELECT clock_timestamp() AS at) AS now
         WHERE s.id IS NOT NULL AND s.first_id IS NULL
           AND NOT EXISTS (SELECT 1 FROM videos v WHERE v.list_id = l.list_id AND v.youtube_id = s.youtube_id)",
    )
    .bind(lists.iter().map(|list| list.list_id).collect::<Vec<_>>())
    .bind(lists.iter().map(|list| list.last_position).collect::<Vec<_>>())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Inserts an item for each line, with its verdict: [`crate::import::verdict`] as one statement. A line is accepted if its video was inserted,
/// which has the line's id. Counts the verdicts.
async fn insert_items(tx: &mut Tx, lists: &[LockedList], counts: &mut [Counts]) -> Result<()> {
    let verdicts: Vec<(i64, String, bool, i64)> = sqlx::query_as(
        "WITH decided AS (
             SELECT s.list, s.line, s.input, s.youtube_id, s.rejection, s.note, s.first_line, v.id AS video_id,
                    CASE WHEN s.rejection IS NOT NULL THEN 'rejected'
                         WHEN s.youtube_id IS NULL OR (v.id IS NOT NULL AND s.first_id IS NULL) THEN 'accepted'
                         ELSE 'duplicate' END AS verdict
             FROM import_lines s LEFT JOIN videos v ON v.id = COALESCE(s.first_id, s.id)
         ), inserted AS (
             INSERT INTO job_items (job_id, line, input, youtube_id, verdict, reason, video_id, place)
             SELECT l.job_id, d.line, d.input, d.youtube_id, d.verdict,
                    CASE d.verdict WHEN 'rejected' THEN d.rejection
                                   WHEN 'accepted' THEN d.note
                                   ELSE CASE WHEN d.video_id IS NULL THEN $2 ELSE $3 || d.first_line END END,
                    CASE WHEN d.verdict = 'accepted' THEN d.video_id END,
                    CASE WHEN d.verdict = 'accepted' THEN count(*) FILTER (WHERE d.verdict = 'accepted') OVER (PARTITION BY d.list ORDER BY d.line) END
             FROM UNNEST($1::uuid[]) WITH ORDINALITY AS l(job_id, number) JOIN decided d ON d.list = l.number - 1
             RETURNING job_id, verdict, youtube_id IS NULL AS is_invalid
         )
         SELECT l.number - 1, i.verdict, i.is_invalid, count(*)
         FROM inserted i JOIN UNNEST($1::uuid[]) WITH ORDINALITY AS l(job_id, number) ON l.job_id = i.job_id
         WHERE i.verdict <> 'rejected'
         GROUP BY 1, 2, 3",
    )
    .bind(lists.iter().map(|list| list.job_id).collect::<Vec<_>>())
    .bind(Seen::IN_LIST)
    .bind(Seen::ON_LINE)
    .fetch_all(&mut **tx)
    .await?;
    for (list, verdict, is_invalid, lines) in verdicts {
        let counts = usize::try_from(list).ok().and_then(|list| counts.get_mut(list)).ok_or_else(unknown_list)?;
        counts.add_lines(parse_name(&verdict)?, is_invalid, count(lines));
    }
    Ok(())
}

/// Returns the job's first state, or deletes the job if nothing was new in that list.
async fn end_list(tx: &mut Tx, list: &LockedList, accepted: u32) -> Result<Option<ProgressUpdate>> {
    if accepted == 0 {
        sqlx::query("DELETE FROM processing_jobs WHERE id = $1").bind(list.job_id).execute(&mut **tx).await?;
        return Ok(None);
    }
    touch_list(tx, list.list_id).await?;
    Ok(Some(begin_job(tx, list.job_id, list.list_id, accepted).await?))
}
