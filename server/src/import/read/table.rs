//! Reads the rows of a table.

use std::{io, io::BufRead};

use super::{
    date,
    header::{self, Columns},
    link::{self, ParsedVideo},
    records::{Record, Records},
    text::Lines,
};
use crate::formula::unescape_formula;
use crate::import::{Entry, ImportLine, MAX_INPUT_CHARS, MAX_TITLE_CHARS, single_line};

/// How a table is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) delimiter: char,
    /// Records before the first row, blank ones not counted.
    pub(crate) skip: usize,
    pub(crate) columns: Columns,
}

pub(crate) struct Rows<R> {
    records: std::iter::Skip<Records<R>>,
    table: Table,
}

impl<R: BufRead> Rows<R> {
    pub(crate) fn new(lines: Lines<R>, table: Table) -> Self {
        Self { records: Records::new(lines, table.delimiter).skip(table.skip), table }
    }

    /// `None` for a repeated header.
    fn line(&self, record: &Record) -> Option<ImportLine> {
        let columns = &self.table.columns;
        let value = |column: Option<usize>| column.map_or("", |column| unescape_formula(record.field(column)));
        let (id, url) = (value(columns.id), value(columns.url));
        let by_id = !id.is_empty() || columns.url.is_none();
        let input = if by_id { id } else { url };
        if header::is_known_name(input) {
            return None;
        }
        let entry = match link::parse(input) {
            ParsedVideo::Id(youtube_id) | ParsedVideo::Link(youtube_id) => Entry::Video {
                youtube_id,
                title: single_line(value(columns.title), MAX_TITLE_CHARS),
                added_at: date::parse_time_or_date(value(columns.added)),
            },
            ParsedVideo::OtherLink(reason) => Entry::Rejected(reason),
            ParsedVideo::Malformed if input.is_empty() => Entry::Rejected(empty_reason(columns.id.is_some()).into()),
            ParsedVideo::Malformed if by_id => Entry::InvalidId,
            ParsedVideo::Malformed => Entry::Rejected(link::NOT_A_LINK_OR_ID.into()),
        };
        // In the receipt a whole row says more than an empty field.
        let shown =
            single_line(input, MAX_INPUT_CHARS).or_else(|| single_line(&record.fields.join(&self.table.delimiter.to_string()), MAX_INPUT_CHARS));
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

fn empty_reason(ids: bool) -> &'static str {
    if ids { "This line has no video id." } else { "This line has no link." }
}
