//! Storing the lines of a file: which list each playlist goes to, and which rows are stored for a chunk of lines.

use std::collections::HashMap;

use app::wire::{ProgressUpdate, Verdict};
use async_trait::async_trait;
use serde::Serialize;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Result, StoreError,
    micros::Micros,
    text::{count, search_text, strip_nul_owned, title_key},
};
use crate::import::{Counts, Entry, ImportError, ImportLine, Playlist, Seen, verdict};

/// Number of lines whose videos and items are stored by one statement each.
const CHUNK: usize = 500;

/// Imports, and the queries that a preview needs.
#[async_trait]
pub trait Imports {
    /// Stores an import in one transaction over all of its lists: videos, jobs, items, the `pending` events. Lines arrive in order; an
    /// `Err` among them rolls everything back. Memory does not grow with the number of lines. Returns the lists, in order.
    async fn store_import(&self, import: NewImport, lines: mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Vec<StoredImport>>;
    /// The id and name of the list that an import of each playlist would fill; `None` if it would create one.
    async fn lists_for_playlists(&self, user_id: Uuid, playlists: &[Playlist]) -> Result<Vec<Option<(Uuid, String)>>>;
    /// Returns those of the ids that the list contains.
    async fn existing_youtube_ids(&self, user_id: Uuid, list_id: Uuid, youtube_ids: &[String]) -> Result<Vec<String>>;
}

/// An import, without its lines.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// The user who uploads.
    pub user_id: Uuid,
    /// What its jobs are called, at most 200 characters: the file's name. A playlist with a source name of its own has that one.
    pub source_name: String,
    /// Where the lines go.
    pub into: ImportTarget,
}

/// The target lists of an import; a line refers to one by its index.
#[derive(Clone, Debug)]
pub enum ImportTarget {
    /// An existing list.
    List(Uuid),
    /// A list for each playlist: found by the playlist's keys, or created.
    Playlists(Vec<Playlist>),
}

impl NewImport {
    /// What the job over the list of this index is called.
    pub(super) fn job_name(&self, list: usize) -> &str {
        let of_playlist = match &self.into {
            ImportTarget::List(_) => None,
            ImportTarget::Playlists(playlists) => playlists.get(list).and_then(|playlist| playlist.source_name.as_deref()),
        };
        of_playlist.unwrap_or(&self.source_name)
    }
}

/// The result of an import for one list.
#[derive(Clone, Debug)]
pub struct StoredImport {
    pub list_id: Uuid,
    pub list_name: String,
    /// The job's `pending` state, to be published; `None` if nothing was new.
    pub job: Option<ProgressUpdate>,
    /// Number of lines by verdict.
    pub counts: Counts,
}

/// Receives the next lines of an import, grouped by list; `None` after the last.
///
/// # Errors
/// The error in the file, because of which nothing may be stored.
pub(super) async fn next_chunk(lines: &mut mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Option<Vec<(usize, Vec<ImportLine>)>>> {
    let mut received = Vec::with_capacity(CHUNK);
    if lines.recv_many(&mut received, CHUNK).await == 0 {
        return Ok(None);
    }
    let mut by_list: Vec<(usize, Vec<ImportLine>)> = Vec::new();
    for line in received {
        let line = line?;
        let list = line.list as usize;
        match by_list.iter_mut().find(|(number, _)| *number == list) {
            Some((_, lines)) => lines.push(line),
            None => by_list.push((list, vec![line])),
        }
    }
    Ok(Some(by_list))
}

/// A list during an import. It is locked, so that nobody else changes its videos.
pub(super) struct ListImport {
    pub(super) list_id: Uuid,
    pub(super) list_name: String,
    pub(super) job_id: Uuid,
    /// Its highest position before the import: videos above it were added by this file.
    pub(super) positions_before: i64,
    pub(super) counts: Counts,
    now: Micros,
    position: i64,
}

/// A row of `videos`.
#[derive(Serialize)]
pub(super) struct NewVideo {
    pub(super) id: Uuid,
    pub(super) youtube_id: String,
    pub(super) title_key: String,
    pub(super) search_text: String,
    pub(super) title: Option<String>,
    pub(super) added_at: Micros,
    pub(super) position: i64,
}

/// A row of `job_items`.
#[derive(Serialize)]
pub(super) struct NewItem {
    pub(super) line: i64,
    pub(super) input: String,
    pub(super) youtube_id: Option<String>,
    pub(super) verdict: &'static str,
    pub(super) reason: Option<String>,
    pub(super) video_id: Option<Uuid>,
    /// Position among the accepted items of the job, from 1.
    pub(super) place: Option<i64>,
}

impl ListImport {
    pub(super) fn new(list_id: Uuid, list_name: String, job_id: Uuid, positions_before: i64, now: Micros) -> Self {
        Self { list_id, list_name, job_id, positions_before, counts: Counts::default(), now, position: positions_before }
    }

    /// Returns the rows of a chunk of its lines. `seen` contains the chunk's videos that are in the list by now, with the line if an
    /// earlier line of this file added it.
    pub(super) fn rows(&mut self, lines: Vec<ImportLine>, mut seen: HashMap<String, Seen>) -> (Vec<NewVideo>, Vec<NewItem>) {
        let mut videos = Vec::new();
        let mut items = Vec::with_capacity(lines.len());
        for ImportLine { line, input, entry, .. } in lines {
            let before = if let Entry::Video { youtube_id, .. } = &entry { seen.get(youtube_id).copied() } else { None };
            let (verdict, reason) = verdict(&entry, before);
            self.counts.add(line, &entry, verdict, reason.as_deref());
            let place = (verdict == Verdict::Accepted).then_some(self.counts.accepted.into());
            let (input, reason) = (strip_nul_owned(input), reason.map(strip_nul_owned));
            let mut item = NewItem { line: line.into(), input, youtube_id: None, verdict: verdict.as_str(), reason, video_id: None, place };
            if let Entry::Video { youtube_id, title, added_at, .. } = entry {
                if verdict == Verdict::Accepted {
                    self.position += 1;
                    let (id, added_at, title) = (Uuid::now_v7(), added_at.map_or(self.now, Micros), title.map(strip_nul_owned));
                    item.video_id = Some(id);
                    seen.insert(youtube_id.clone(), Seen::OnLine(line));
                    videos.push(NewVideo {
                        id,
                        youtube_id: youtube_id.clone(),
                        title_key: title_key(title.as_deref()),
                        search_text: search_text(title.as_deref(), None),
                        title,
                        added_at,
                        position: self.position,
                    });
                }
                item.youtube_id = Some(youtube_id);
            }
            items.push(item);
        }
        (videos, items)
    }

    pub(super) fn stored(self, job: Option<ProgressUpdate>) -> StoredImport {
        StoredImport { list_id: self.list_id, list_name: self.list_name, job, counts: self.counts }
    }
}

/// Returns the YouTube ids in these lines.
pub(super) fn youtube_ids(lines: &[ImportLine]) -> Vec<String> {
    let ids = lines.iter().filter_map(|line| match &line.entry {
        Entry::Video { youtube_id, .. } => Some(youtube_id.clone()),
        Entry::InvalidId | Entry::Rejected(_) => None,
    });
    ids.collect()
}

/// Where a video of the list was first seen: `line` is its line in this file, if this file added it.
pub(super) fn seen(rows: Vec<(String, Option<i64>)>) -> HashMap<String, Seen> {
    rows.into_iter().map(|(youtube_id, line)| (youtube_id, line.map_or(Seen::InList, |line| Seen::OnLine(count(line))))).collect()
}

/// A line refers to a list that the import does not have, which is a bug in the reader.
pub(super) fn unknown_list() -> StoreError {
    StoreError::Internal("a line of an import names a list that the import does not have".into())
}

/// A list that was created for a playlist: id, name, key.
pub(super) type KeyedList = (Uuid, String, String);

/// Returns the list of each playlist, by its index. The playlist's own key has precedence; by another key it gets a list only if no other
/// playlist has it.
pub(super) fn match_playlists(playlists: &[Playlist], lists: &[KeyedList]) -> Vec<Option<usize>> {
    let by_key: HashMap<&str, usize> = lists.iter().enumerate().rev().map(|(index, list)| (list.2.as_str(), index)).collect();
    let with_key = |key: &String| by_key.get(key.as_str()).copied();
    let mut found: Vec<Option<usize>> = playlists.iter().map(|playlist| playlist.keys.first().and_then(with_key)).collect();
    for (index, playlist) in playlists.iter().enumerate() {
        if found[index].is_none() {
            found[index] = playlist.keys.iter().skip(1).filter_map(with_key).find(|list| !found.contains(&Some(*list)));
        }
    }
    found
}

/// Returns all keys of these playlists.
pub(super) fn all_keys(playlists: &[Playlist]) -> Vec<String> {
    playlists.iter().flat_map(|playlist| &playlist.keys).map(|key| strip_nul_owned(key.clone())).collect()
}

/// The key by which a new list of this playlist will be found later.
pub(super) fn primary_key(playlist: &Playlist) -> Option<String> {
    playlist.keys.first().map(|key| strip_nul_owned(key.clone()))
}

#[cfg(test)]
mod tests {
    use app::wire::ImportFormat;

    use super::*;

    fn playlist(keys: &[&str]) -> Playlist {
        Playlist { name: "Any".into(), source_name: None, format: ImportFormat::Csv, keys: keys.iter().map(|key| (*key).into()).collect() }
    }

    #[test]
    fn own_key_wins_and_a_list_is_matched_once() {
        let lists: Vec<KeyedList> = ["name:a", "id:2", "name:b"].iter().map(|key| (Uuid::now_v7(), String::new(), (*key).into())).collect();
        let wanted = [
            playlist(&["id:1", "name:a"]),
            playlist(&["id:2", "name:a"]),
            playlist(&["id:3", "name:a"]),
            playlist(&["name:b"]),
            playlist(&["name:c"]),
        ];
        assert_eq!(match_playlists(&wanted, &lists), [Some(0), Some(1), None, Some(2), None]);
    }
}
