//! Rows of a table, each with its verdict.

use std::{io, io::BufRead};

use super::{
    date,
    header::{self, Columns},
    link::{self, Reading},
    records::{Record, Records},
    text::Lines,
};
use crate::formula::unguarded;
use crate::import::{Entry, ImportLine, MAX_INPUT_CHARS, MAX_TITLE_CHARS, clean};

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) delimiter: char,
    /// Records with content before the first row.
    pub(crate) skip: usize,
    pub(crate) columns: Columns,
}

/// An iterator over the rows of a table whose columns are known.
pub(crate) struct Rows<R> {
    records: std::iter::Skip<Records<R>>,
    table: Table,
}

impl<R: BufRead> Rows<R> {
    pub(crate) fn new(lines: Lines<R>, table: Table) -> Self {
        Self { records: Records::new(lines, table.delimiter).skip(table.skip), table }
    }

    /// `None` for a header that comes again.
    fn line(&self, record: &Record) -> Option<ImportLine> {
        let columns = &self.table.columns;
        let value = |column: Option<usize>| column.map_or("", |column| unguarded(record.field(column)));
        let (id, url) = (value(columns.id), value(columns.url));
        let by_id = !id.is_empty() || columns.url.is_none();
        let input = if by_id { id } else { url };
        if header::is_known_name(input) {
            return None;
        }
        let entry = match link::read(input) {
            Reading::Id(youtube_id) | Reading::Link(youtube_id) => {
                Entry::Video { youtube_id, title: clean(value(columns.title), MAX_TITLE_CHARS), added_at: date::lenient(value(columns.added)) }
            }
            Reading::NotAVideo(reason) => Entry::Rejected(reason),
            Reading::Malformed if input.is_empty() => Entry::Rejected(empty(columns.id.is_some()).into()),
            Reading::Malformed if by_id => Entry::InvalidId,
            Reading::Malformed => Entry::Rejected(link::NEITHER.into()),
        };
        // An empty field says nothing in a receipt; the row does.
        let shown = clean(input, MAX_INPUT_CHARS).or_else(|| clean(&record.fields.join(&self.table.delimiter.to_string()), MAX_INPUT_CHARS));
        Some(ImportLine { list: 0, line: record.line, input: shown.unwrap_or_else(|| "…".into()), entry })
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = io::Result<ImportLine>;

    fn next(&mut self) -> Option<io::Result<ImportLine>> {
        loop {
            match self.records.next()? {
                Ok(record) => {
                    if let Some(line) = self.line(&record) {
                        return Some(Ok(line));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

fn empty(ids: bool) -> &'static str {
    if ids { "This line has no video id." } else { "This line has no link." }
}
