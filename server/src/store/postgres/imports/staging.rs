//! The lines of an import in a temporary table, before any list is locked.

use tokio::sync::mpsc;
use uuid::Uuid;

use super::super::Tx;
use crate::{
    import::{Counts, Entry, ImportError, ImportLine},
    store::{
        Result,
        imports::next_chunk,
        micros::Micros,
        text::{search_text, strip_nul_owned, title_key},
    },
};

/// Writes the lines into a table of this transaction, before any list is locked: reading a large file takes seconds. Returns what is known
/// of each list by then: the rejected lines.
pub(super) async fn stage_lines(tx: &mut Tx, lines: &mut mpsc::Receiver<Result<ImportLine, ImportError>>) -> Result<Vec<Counts>> {
    sqlx::query("CREATE TEMPORARY TABLE import_lines (LIKE import_lines INCLUDING ALL) ON COMMIT DROP").execute(&mut **tx).await?;
    let mut counts = Vec::new();
    while let Some(chunk) = next_chunk(lines).await? {
        let mut rows = StagedLines::default();
        for (list, lines) in chunk {
            if counts.len() <= list {
                counts.resize_with(list + 1, Counts::default);
            }
            lines.into_iter().for_each(|line| rows.push(line, &mut counts[list]));
        }
        rows.insert(tx).await?;
    }
    // The first line of each video, at each of its other lines.
    sqlx::query(
        "UPDATE import_lines AS s SET first_line = f.line, first_id = f.id
         FROM (SELECT DISTINCT ON (list, youtube_id) list, youtube_id, line, id FROM import_lines
               WHERE youtube_id IS NOT NULL ORDER BY list, youtube_id, line) AS f
         WHERE f.list = s.list AND f.youtube_id = s.youtube_id AND f.line < s.line",
    )
    .execute(&mut **tx)
    .await?;
    // For the plans of the statements that read it.
    sqlx::query("ANALYZE import_lines").execute(&mut **tx).await?;
    Ok(counts)
}

/// Columns of `import_lines`.
#[derive(Default)]
struct StagedLines {
    lists: Vec<i64>,
    lines: Vec<i64>,
    inputs: Vec<String>,
    rejections: Vec<Option<String>>,
    notes: Vec<Option<String>>,
    ids: Vec<Option<Uuid>>,
    youtube_ids: Vec<Option<String>>,
    titles: Vec<Option<String>>,
    title_keys: Vec<Option<String>>,
    search_texts: Vec<Option<String>>,
    added: Vec<Option<Micros>>,
}

impl StagedLines {
    fn push(&mut self, line: ImportLine, counts: &mut Counts) {
        self.lists.push(line.list.into());
        self.lines.push(line.line.into());
        self.inputs.push(strip_nul_owned(line.input));
        let (mut rejection, mut note, mut id, mut youtube_id, mut title, mut added_at) = (None, None, None, None, None, None);
        match line.entry {
            Entry::Video { youtube_id: found, title: name, added_at: added, note: text, .. } => {
                (id, youtube_id, title) = (Some(Uuid::now_v7()), Some(found), name.map(strip_nul_owned));
                (added_at, note) = (added.map(Micros), text.map(strip_nul_owned));
            }
            Entry::InvalidId => {}
            Entry::Rejected(reason) => {
                counts.add_rejection(line.line, &reason);
                rejection = Some(strip_nul_owned(reason));
            }
        }
        self.title_keys.push(id.map(|_| title_key(title.as_deref())));
        self.search_texts.push(id.map(|_| search_text(title.as_deref(), None)));
        self.rejections.push(rejection);
        self.notes.push(note);
        self.ids.push(id);
        self.youtube_ids.push(youtube_id);
        self.titles.push(title);
        self.added.push(added_at);
    }

    async fn insert(self, tx: &mut Tx) -> Result<()> {
        sqlx::query(
            "INSERT INTO import_lines (list, line, input, rejection, note, id, youtube_id, title, title_key, search_text, added_at)
             SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[],
                                  $10::text[], $11::timestamptz[])",
        )
        .bind(self.lists)
        .bind(self.lines)
        .bind(self.inputs)
        .bind(self.rejections)
        .bind(self.notes)
        .bind(self.ids)
        .bind(self.youtube_ids)
        .bind(self.titles)
        .bind(self.title_keys)
        .bind(self.search_texts)
        .bind(self.added)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
