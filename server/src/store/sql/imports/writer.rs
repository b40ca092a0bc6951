//! The lines of one list on their way into its tables.

use std::collections::HashMap;

use app::wire::{ProgressUpdate, Verdict};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::super::{Db, Tx};
use crate::{
    import::{Counts, Entry, ImportLine, Seen, verdict},
    store::{
        Result, StoredImport,
        micros::Micros,
        text::{clean, clean_owned, count, search_text, title_key, verdict_name},
    },
};

/// Where the import stands. The list is locked, so that what is known of its videos stays true.
pub(super) struct Writer {
    pub(super) list_id: Uuid,
    list_name: String,
    pub(super) job_id: Uuid,
    now: Micros,
    /// The list's last position before the import: a video above it came with this file.
    before: i64,
    position: i64,
    pub(super) counts: Counts,
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
    /// Among the accepted ones of the job, from 1.
    place: Option<u32>,
}

impl Writer {
    /// For a list that is locked.
    pub(super) async fn new(tx: &mut Tx, list_id: Uuid, list_name: String, job_id: Uuid, now: Micros) -> Result<Self> {
        let before = super::last_position(tx, list_id).await?;
        Ok(Self { list_id, list_name, job_id, now, before, position: before, counts: Counts::default() })
    }

    /// What became of it.
    pub(super) fn stored(self, job: Option<ProgressUpdate>) -> StoredImport {
        StoredImport { list_id: self.list_id, list_name: self.list_name, job, counts: self.counts }
    }

    /// Stores a chunk of its lines.
    pub(super) async fn store(&mut self, tx: &mut Tx, lines: Vec<ImportLine>) -> Result<()> {
        let mut seen = self.known(tx, &lines).await?;
        let mut videos = Vec::new();
        let mut items = Vec::with_capacity(lines.len());
        for ImportLine { line, input, entry, .. } in lines {
            let before = if let Entry::Video { youtube_id, .. } = &entry { seen.get(youtube_id).copied() } else { None };
            let (verdict, reason) = verdict(&entry, before);
            self.counts.add(line, verdict, reason.as_deref());
            let place = (verdict == Verdict::Accepted).then_some(self.counts.accepted);
            let mut item =
                NewItem { line, input: clean_owned(input), youtube_id: None, verdict, reason: reason.map(clean_owned), video_id: None, place };
            if let Entry::Video { youtube_id, title, added_at } = entry {
                if verdict == Verdict::Accepted {
                    self.position += 1;
                    let (id, added_at, title) = (Uuid::now_v7(), added_at.map_or(self.now, Micros), title.map(clean_owned));
                    item.video_id = Some(id);
                    seen.insert(youtube_id.clone(), Seen::OnLine(line));
                    videos.push(NewVideo { id, youtube_id: youtube_id.clone(), title, added_at, position: self.position });
                }
                item.youtube_id = Some(youtube_id);
            }
            items.push(item);
        }
        self.insert_videos(tx, &videos).await?;
        self.insert_items(tx, &items).await
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
        let mut insert = QueryBuilder::<Db>::new("INSERT INTO job_items (job_id, line, input, youtube_id, verdict, reason, video_id, place) ");
        insert.push_values(items, |mut row, item| {
            row.push_bind(self.job_id).push_bind(i64::from(item.line)).push_bind(clean(&item.input)).push_bind(item.youtube_id.as_deref());
            row.push_bind(verdict_name(item.verdict)).push_bind(item.reason.as_deref()).push_bind(item.video_id);
            row.push_bind(item.place.map(i64::from));
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
