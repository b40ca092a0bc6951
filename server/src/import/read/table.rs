//! Reads the rows of a table.

use std::{borrow::Cow, collections::HashMap, io::BufRead};

use super::{
    Heading, Position, ReadError, Sink, VideoDetails, date,
    header::{self, Columns},
    link::{self, ParsedVideo},
    push_parsed,
    records::{Record, Records},
    text::Lines,
};
use crate::{
    formula::unescape_formula,
    import::{Entry, MAX_TITLE_CHARS},
    text::{single_line, trim_invisible},
};

const MANGLED: &str = "A spreadsheet took this id for a number or a formula and replaced it, so it is lost. Import the file as it was before it was opened \
                       there, or open it with that column as text.";

/// Whether a spreadsheet has put this in the place of an id: `1.23E+10`, `#NAME?`.
pub(crate) fn is_mangled(value: &str) -> bool {
    let is_error = value.starts_with('#') && value.ends_with(['?', '!']) && value.len() < 12;
    let is_number = || value.contains(['e', 'E']) && value.contains(['.', ',', '+']) && value.replace(',', ".").parse::<f64>().is_ok();
    is_error || is_number()
}

/// How a table is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) delimiter: char,
    /// Records before the first row, blank ones not counted.
    pub(crate) skip: usize,
    pub(crate) columns: Columns,
    /// Further columns of videos.
    pub(crate) more: Vec<usize>,
}

pub(crate) fn read<R: BufRead>(lines: Lines<R>, table: &Table, heading: Heading, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut playlists = Playlists { heading, whole: None, named: HashMap::new() };
    for record in Records::new(lines, table.delimiter).skip(table.skip) {
        let record = record?;
        push_row(&record, table, &mut playlists, sink)?;
        push_more(&record, table, &mut playlists, sink)?;
    }
    // A table without rows is a playlist as well, for the sentence that refuses it.
    if playlists.named.is_empty() { playlists.read_unnamed(sink).map(drop) } else { Ok(()) }
}

/// The lists of a table: one, or one for each name in its column of playlists.
struct Playlists {
    /// Of rows without such a name.
    heading: Heading,
    whole: Option<u32>,
    named: HashMap<(String, String), u32>,
}

impl Playlists {
    fn read_unnamed(&mut self, sink: &mut dyn Sink) -> Result<u32, ReadError> {
        match self.whole {
            Some(list) => Ok(list),
            None => Ok(*self.whole.insert(begin(sink, self.heading.clone())?)),
        }
    }

    fn list_for_record(&mut self, record: &Record, columns: &Columns, sink: &mut dyn Sink) -> Result<u32, ReadError> {
        let value = |column: Option<usize>| column.and_then(|column| single_line(&unescape_formula(record.field(column)), MAX_TITLE_CHARS));
        let (name, id) = (value(columns.playlist), value(columns.playlist_id).and_then(|id| link::playlist_id(&id)));
        if name.is_none() && id.is_none() {
            return self.read_unnamed(sink);
        }
        let key = (id.clone().unwrap_or_default(), name.clone().unwrap_or_default());
        if let Some(list) = self.named.get(&key) {
            return Ok(*list);
        }
        let list = begin(sink, Heading { id, name })?;
        self.named.insert(key, list);
        Ok(list)
    }
}

fn begin(sink: &mut dyn Sink, heading: Heading) -> Result<u32, ReadError> {
    let list = sink.begin_playlist()?;
    sink.set_heading(list, heading)?;
    Ok(list)
}

/// The videos of a record's further columns, which its title is not about.
fn push_more(record: &Record, table: &Table, playlists: &mut Playlists, sink: &mut dyn Sink) -> Result<(), ReadError> {
    for column in &table.more {
        let input = &*unescape_formula(record.field(*column));
        let parsed = link::parse(input);
        if matches!(parsed, ParsedVideo::Id(_) | ParsedVideo::Link(_)) {
            let list = playlists.list_for_record(record, &table.columns, sink)?;
            let details = VideoDetails { title: None, added: date::parse_added(table.columns.added.map_or("", |added| record.field(added))) };
            push_parsed(sink, Position { list, line: record.line }, input, parsed, details, Entry::InvalidId)?;
        }
    }
    Ok(())
}

fn push_row(record: &Record, table: &Table, playlists: &mut Playlists, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let columns = &table.columns;
    let value = |column: Option<usize>| column.map_or(Cow::Borrowed(""), |column| unescape_formula(record.field(column)));
    let (id, url) = (value(columns.id), value(columns.url));
    let by_id = !id.is_empty() || columns.url.is_none();
    let input = if by_id { &*id } else { &*url };
    // The header comes again where files were joined.
    if header::is_known_name(input) {
        return Ok(());
    }
    let list = playlists.list_for_record(record, columns, sink)?;
    // A link that is not alone in its field, as in `=HYPERLINK(…)`, is found as in a text.
    let parsed = match link::parse(input) {
        ParsedVideo::Malformed if !by_id || input.contains("://") => super::links::all_links(input).map_or(ParsedVideo::Malformed, ParsedVideo::Link),
        parsed => parsed,
    };
    let details = VideoDetails { title: single_line(&value(columns.title), MAX_TITLE_CHARS), added: date::parse_added(&value(columns.added)) };
    if let Some(all) = super::links::several(input) {
        let at = Position { list, line: record.line };
        let details = VideoDetails { title: None, ..details };
        return all.into_iter().try_for_each(|parsed| push_parsed(sink, at, input, parsed, details.clone(), Entry::InvalidId));
    }
    let malformed = match input {
        "" => Entry::Rejected(if columns.id.is_some() { "This line has no video id." } else { "This line has no link." }.into()),
        _ if by_id && is_mangled(input) => Entry::Rejected(MANGLED.into()),
        _ if by_id => Entry::InvalidId,
        _ => Entry::Rejected(link::NOT_A_LINK_OR_ID.into()),
    };
    // In the receipt a whole row says more than an empty field.
    let row;
    let shown = if trim_invisible(input).is_empty() {
        row = record.fields.join(&table.delimiter.to_string());
        row.as_str()
    } else {
        input
    };
    push_parsed(sink, Position { list, line: record.line }, shown, parsed, details, malformed)
}
