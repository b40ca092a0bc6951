//! What an import would do: the file's lines against the lists as they are, by the rule that the store writes by. Nothing is locked or
//! written, so that nobody waits for somebody who only looks; an import that comes in between is seen by the import itself.

use std::collections::HashMap;

use app::wire::PreviewRow;
use uuid::Uuid;

use super::Spooled;
use crate::{
    error::{AppError, AppResult},
    import::{Counts, Entry, ImportLine, NOT_A_LINK_OR_ID, Plan, Seen, Skipped, verdict},
    state::AppState,
};

/// Rows that are shown of each list.
const FIRST_ROWS: usize = 10;
/// Lines that are compared with a list by one query.
const CHUNK: usize = 500;

/// What an import would do to one list.
#[derive(Default)]
pub(super) struct Preview {
    pub(super) counts: Counts,
    pub(super) first_rows: Vec<PreviewRow>,
    list_id: Option<Uuid>,
    /// The line of each video of the file that is new: 16 bytes each, and no more of them than a file may have lines.
    new: HashMap<[u8; 11], u32>,
}

/// A preview for each list; `None` is one that would be made.
pub(super) async fn of(state: &AppState, user_id: Uuid, file: Spooled, lists: Vec<Option<Uuid>>, plan: Plan) -> AppResult<(Vec<Preview>, Skipped)> {
    let mut previews: Vec<Preview> = lists.into_iter().map(|list_id| Preview { list_id, ..Preview::default() }).collect();
    let (mut lines, reading) = file.lines(plan);
    let mut received = Vec::with_capacity(CHUNK);
    while lines.recv_many(&mut received, CHUNK).await > 0 {
        let mut chunk = received.drain(..).collect::<Result<Vec<ImportLine>, _>>()?;
        // Stable, so that each list's lines stay in order.
        chunk.sort_by_key(|line| line.list);
        for lines in chunk.chunk_by(|one, next| one.list == next.list) {
            let preview = previews.get_mut(lines[0].list as usize).ok_or_else(|| AppError::internal(&"a line of a list that is not there"))?;
            let known = preview.known(state, user_id, lines).await?;
            lines.iter().for_each(|line| preview.add(line, &known));
        }
    }
    Ok((previews, reading.await.map_err(|error| AppError::internal(&error))?))
}

impl Preview {
    /// Which videos of these lines the list has.
    async fn known(&self, state: &AppState, user_id: Uuid, lines: &[ImportLine]) -> AppResult<Vec<String>> {
        let Some(list_id) = self.list_id else { return Ok(Vec::new()) };
        let ids: Vec<String> = lines.iter().filter_map(|line| youtube_id(&line.entry)).map(str::to_owned).collect();
        let mut known = state.store.existing_youtube_ids(user_id, list_id, &ids).await?;
        known.sort_unstable();
        Ok(known)
    }

    fn add(&mut self, line: &ImportLine, known: &[String]) {
        let seen = youtube_id(&line.entry).and_then(|id| self.seen(id, line.line, known));
        let (verdict, reason) = verdict(&line.entry, seen);
        self.counts.add(line.line, verdict, reason.as_deref());
        if self.first_rows.len() < FIRST_ROWS {
            let title = if let Entry::Video { title, .. } = &line.entry { title.clone() } else { None };
            let reason = reason.or_else(|| (line.entry == Entry::InvalidId).then(|| NOT_A_LINK_OR_ID.into()));
            self.first_rows.push(PreviewRow { line: line.line, input: line.input.clone(), title, verdict, reason });
        }
    }

    /// Where a video was before; notes it where it was not.
    fn seen(&mut self, id: &str, line: u32, known: &[String]) -> Option<Seen> {
        if known.binary_search_by(|known| known.as_str().cmp(id)).is_ok() {
            return Some(Seen::InList);
        }
        let key: [u8; 11] = id.as_bytes().try_into().ok()?;
        let first = *self.new.entry(key).or_insert(line);
        (first != line).then_some(Seen::OnLine(first))
    }
}

fn youtube_id(entry: &Entry) -> Option<&str> {
    if let Entry::Video { youtube_id, .. } = entry { Some(youtube_id) } else { None }
}
