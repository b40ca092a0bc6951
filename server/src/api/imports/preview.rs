//! Dry runs: compares a file's lines with the lists, by the same rule as the store. Nothing is locked or written, so a preview makes nobody
//! wait; the import itself notices if the lists have changed since.

use std::collections::HashMap;

use app::wire::PreviewRow;
use uuid::Uuid;

use super::Spooled;
use crate::{
    error::{AppError, AppResult},
    import::{Counts, Entry, ImportLine, NOT_A_LINK_OR_ID, Plan, Seen, Skipped, verdict},
    state::AppState,
};

/// Per list.
const MAX_FIRST_ROWS: usize = 10;
/// Lines per query.
const CHUNK_SIZE: usize = 500;

/// What an import would do to one list.
#[derive(Default)]
pub(super) struct Preview {
    pub(super) counts: Counts,
    pub(super) first_rows: Vec<PreviewRow>,
    list_id: Option<Uuid>,
    /// The first line of each new video of the file. 16 bytes each, and bounded by the number of lines that a file may have.
    first_lines: HashMap<[u8; 11], u32>,
}

/// A preview for each list; `None` is a list that would be created.
pub(super) async fn preview(
    state: &AppState,
    user_id: Uuid,
    file: Spooled,
    lists: Vec<Option<Uuid>>,
    plan: Plan,
) -> AppResult<(Vec<Preview>, Skipped)> {
    let mut previews: Vec<Preview> = lists.into_iter().map(|list_id| Preview { list_id, ..Preview::default() }).collect();
    let (mut lines, reader) = file.lines(plan);
    let mut received = Vec::with_capacity(CHUNK_SIZE);
    while lines.recv_many(&mut received, CHUNK_SIZE).await > 0 {
        let mut chunk = received.drain(..).collect::<Result<Vec<ImportLine>, _>>()?;
        // A stable sort keeps the order of each list's lines.
        chunk.sort_by_key(|line| line.list);
        for lines in chunk.chunk_by(|a, b| a.list == b.list) {
            let preview = previews.get_mut(lines[0].list as usize).ok_or_else(|| AppError::internal(&"a line of an unknown list"))?;
            let known = preview.find_known(state, user_id, lines).await?;
            lines.iter().for_each(|line| preview.add(line, &known));
        }
    }
    Ok((previews, reader.await.map_err(|error| AppError::internal(&error))?))
}

impl Preview {
    /// The videos of these lines that the list has already, sorted.
    async fn find_known(&self, state: &AppState, user_id: Uuid, lines: &[ImportLine]) -> AppResult<Vec<String>> {
        let Some(list_id) = self.list_id else { return Ok(Vec::new()) };
        let ids: Vec<String> = lines.iter().filter_map(|line| youtube_id(&line.entry)).map(str::to_owned).collect();
        let mut known = state.store.existing_youtube_ids(user_id, list_id, &ids).await?;
        known.sort_unstable();
        Ok(known)
    }

    fn add(&mut self, line: &ImportLine, known: &[String]) {
        let seen = youtube_id(&line.entry).and_then(|id| self.find_duplicate(id, line.line, known));
        let (verdict, reason) = verdict(&line.entry, seen);
        self.counts.add(line.line, &line.entry, verdict, reason.as_deref());
        if self.first_rows.len() < MAX_FIRST_ROWS {
            let title = if let Entry::Video { title, .. } = &line.entry { title.clone() } else { None };
            let invalid = line.entry == Entry::InvalidId;
            let reason = reason.or_else(|| invalid.then(|| NOT_A_LINK_OR_ID.into()));
            self.first_rows.push(PreviewRow { line: line.line, input: line.input.clone(), title, verdict, invalid, reason });
        }
    }

    /// Where the video occurs already: in the list, or on an earlier line.
    fn find_duplicate(&mut self, id: &str, line: u32, known: &[String]) -> Option<Seen> {
        if known.binary_search_by(|known| known.as_str().cmp(id)).is_ok() {
            return Some(Seen::InList);
        }
        let key: [u8; 11] = id.as_bytes().try_into().ok()?;
        let first = *self.first_lines.entry(key).or_insert(line);
        (first != line).then_some(Seen::OnLine(first))
    }
}

fn youtube_id(entry: &Entry) -> Option<&str> {
    if let Entry::Video { youtube_id, .. } = entry { Some(youtube_id) } else { None }
}
