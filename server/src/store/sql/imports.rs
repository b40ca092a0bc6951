//! An import, whole: videos, job, items and the `pending` event in one transaction, a chunk of lines in memory at a time.

use std::collections::HashMap;

use app::wire::{Rejection, Verdict};
use sqlx::QueryBuilder;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Database, Db, Tx, lists, locked, new_jobs};
use crate::{
    import::{Entry, ImportError, ImportLine},
    store::{
        NewImport, Result, StoredImport,
        micros::Micros,
        text::{clean, clean_owned, count, search_text, title_key, verdict_name},
    },
};

/// Lines that are stored by one statement each of videos and items.
const CHUNK: usize = 500;
/// Rejected lines that are answered; the receipt has all of them.
const REJECTIONS_SHOWN: usize = 100;

pub(super) async fn store(db: &Database, import: NewImport, mut lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<StoredImport> {
    let mut tx = db.begin().await?;
    lists::lock(&mut tx, import.user_id, import.list_id).await?;
    let now = locked::clock(&mut tx).await?;
    let new = new_jobs::NewJob { user_id: import.user_id, list_id: import.list_id, source_name: &import.source_name, retry_of: None };
    let job_id = new_jobs::reserve(&mut tx, &new, now).await?;
    let before = last_position(&mut tx, import.list_id).await?;
    let mut writer = Writer { list_id: import.list_id, job_id, now, before, position: before, result: StoredImport::default() };
    let mut received = Vec::with_capacity(CHUNK);
    while lines.recv_many(&mut received, CHUNK).await > 0 {
        // An error drops the transaction, and with it everything so far.
        let chunk = received.drain(..).collect::<Result<Vec<_>, ImportError>>()?;
        writer.store(&mut tx, chunk).await?;
    }
    let mut result = writer.result;
    if result.accepted == 0 {
        tx.rollback().await?;
        return Ok(result);
    }
    result.job = Some(new_jobs::begin(&mut tx, job_id, import.list_id, result.accepted).await?);
    lists::touch(&mut tx, import.list_id).await?;
    tx.commit().await?;
    Ok(result)
}

async fn last_position(tx: &mut Tx, list_id: Uuid) -> Result<i64> {
    let sql = "SELECT COALESCE(max(position), 0) FROM videos WHERE list_id = $1";
    Ok(sqlx::query_scalar::<Db, i64>(sql).bind(list_id).fetch_one(&mut **tx).await?)
}

/// Where the import stands. The list is locked, so that what is known of its videos stays true.
struct Writer {
    list_id: Uuid,
    job_id: Uuid,
    now: Micros,
    /// The list's last position before the import: a video above it came with this file.
    before: i64,
    position: i64,
    result: StoredImport,
}

/// A row of `videos`.
struct NewVideo {
    id: Uuid,
    youtube_id: String,
    title: Option<String>,
    added_at: Micros,
    position: i64,
}

/// A row of `job_items`.
struct NewItem {
    line: u32,
    input: String,
    youtube_id: Option<String>,
    verdict: Verdict,
    reason: Option<String>,
    video_id: Option<Uuid>,
}

impl Writer {
    async fn store(&mut self, tx: &mut Tx, lines: Vec<ImportLine>) -> Result<()> {
        let mut seen = self.known(tx, &lines).await?;
        let mut videos = Vec::new();
        let mut items = Vec::with_capacity(lines.len());
        for ImportLine { line, input, entry } in lines {
            let mut item = NewItem { line, input: clean_owned(input), youtube_id: None, verdict: Verdict::Accepted, reason: None, video_id: None };
            match entry {
                Entry::Video { youtube_id, title, added_at } => {
                    if let Some(first) = seen.get(&youtube_id) {
                        item.verdict = Verdict::Duplicate;
                        item.reason = Some(first.reason());
                    } else {
                        self.position += 1;
                        let (id, added_at) = (Uuid::now_v7(), added_at.map_or(self.now, Micros));
                        item.video_id = Some(id);
                        seen.insert(youtube_id.clone(), Seen::OnLine(line));
                        videos.push(NewVideo {
                            id,
                            youtube_id: youtube_id.clone(),
                            title: title.map(clean_owned),
                            added_at,
                            position: self.position,
                        });
                    }
                    item.youtube_id = Some(youtube_id);
                }
                Entry::InvalidId => {}
                Entry::Rejected(reason) => {
                    item.verdict = Verdict::Rejected;
                    item.reason = Some(clean_owned(reason));
                }
            }
            self.count(&item);
            items.push(item);
        }
        self.insert_videos(tx, &videos).await?;
        self.insert_items(tx, &items).await
    }

    fn count(&mut self, item: &NewItem) {
        self.result.total += 1;
        match item.verdict {
            Verdict::Accepted => self.result.accepted += 1,
            Verdict::Duplicate => self.result.duplicates += 1,
            Verdict::Rejected => {
                self.result.rejected_count += 1;
                if self.result.rejected.len() < REJECTIONS_SHOWN {
                    self.result.rejected.push(Rejection { line: item.line, reason: item.reason.clone().unwrap_or_default() });
                }
            }
        }
    }

    /// Which of the chunk's videos the list has, and on which line an earlier chunk of this file brought them.
    async fn known(&self, tx: &mut Tx, lines: &[ImportLine]) -> Result<HashMap<String, Seen>> {
        let ids: Vec<&str> = lines.iter().filter_map(youtube_id).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut query = QueryBuilder::<Db>::new("SELECT v.id, v.youtube_id, v.position FROM (");
        // The list's id beside each: a condition on the list alone, whose videos no statistics know yet, would have all of them read.
        query.push_values(ids, |mut row, id| {
            row.push_bind(self.list_id).push_bind(id);
        });
        query.push(") AS f CROSS JOIN videos v WHERE v.list_id = f.column1 AND v.youtube_id = f.column2");
        let rows = query.build_query_as::<(Uuid, String, i64)>().persistent(false).fetch_all(&mut **tx).await?;
        let of_this_file: Vec<Uuid> = rows.iter().filter(|row| row.2 > self.before).map(|row| row.0).collect();
        let lines = lines_of(tx, &of_this_file).await?;
        Ok(rows.into_iter().map(|(id, youtube_id, _)| (youtube_id, lines.get(&id).map_or(Seen::InList, |line| Seen::OnLine(*line)))).collect())
    }

    async fn insert_videos(&self, tx: &mut Tx, videos: &[NewVideo]) -> Result<()> {
        if videos.is_empty() {
            return Ok(());
        }
        let mut insert =
            QueryBuilder::<Db>::new("INSERT INTO videos (id, list_id, youtube_id, title, added_at, position, status, title_key, search_text) ");
        insert.push_values(videos, |mut row, video| {
            let title = video.title.as_deref();
            row.push_bind(video.id).push_bind(self.list_id).push_bind(&video.youtube_id).push_bind(title).push_bind(video.added_at);
            row.push_bind(video.position).push_bind("pending").push_bind(title_key(title)).push_bind(search_text(title, None));
        });
        insert.build().persistent(false).execute(&mut **tx).await?;
        Ok(())
    }

    async fn insert_items(&self, tx: &mut Tx, items: &[NewItem]) -> Result<()> {
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO job_items (job_id, line, input, youtube_id, verdict, reason, video_id) ");
        insert.push_values(items, |mut row, item| {
            row.push_bind(self.job_id).push_bind(i64::from(item.line)).push_bind(clean(&item.input)).push_bind(item.youtube_id.as_deref());
            row.push_bind(verdict_name(item.verdict)).push_bind(item.reason.as_deref()).push_bind(item.video_id);
        });
        insert.build().persistent(false).execute(&mut **tx).await?;
        Ok(())
    }
}

fn youtube_id(line: &ImportLine) -> Option<&str> {
    match &line.entry {
        Entry::Video { youtube_id, .. } => Some(youtube_id),
        Entry::InvalidId | Entry::Rejected(_) => None,
    }
}

/// The lines that brought videos of this file. By the video alone: only this job has items of them.
async fn lines_of(tx: &mut Tx, video_ids: &[Uuid]) -> Result<HashMap<Uuid, u32>> {
    if video_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = QueryBuilder::<Db>::new("SELECT f.column1, (SELECT min(i.line) FROM job_items i WHERE i.video_id = f.column1) FROM (");
    query.push_values(video_ids, |mut row, id| {
        row.push_bind(*id);
    });
    query.push(") AS f");
    let rows = query.build_query_as::<(Uuid, Option<i64>)>().persistent(false).fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().filter_map(|(id, line)| Some((id, count(line?)))).collect())
}

/// Where a video was seen before.
enum Seen {
    InList,
    OnLine(u32),
}

impl Seen {
    /// For the receipt.
    fn reason(&self) -> String {
        match self {
            Self::InList => "Already in this list".into(),
            Self::OnLine(line) => format!("Already on line {line}"),
        }
    }
}
