//! Decides how a text is read, from its first records: by content, not by the file's name or the language of its header.

pub(super) mod sniff;

use app::wire::ImportFormat;

use self::sniff::Structure;
use super::{
    ImportError, MAX_TITLE_CHARS,
    read::{
        Heading, bookmarks, date,
        header::{self, Columns},
        link::{self, ParsedVideo},
        playlists_json,
        records::{Record, Records},
        table::Table,
        text,
    },
    refusal, single_line,
};

/// Records that are looked at.
const SAMPLE_RECORDS: usize = 60;
/// Records before the header of the videos: the metadata block of an old Takeout file, and a `sep=` line.
const MAX_PREAMBLE: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) format: ImportFormat,
    /// The heading of a file with one list; a file with several tells each as it is read.
    pub(super) heading: Heading,
    pub(super) shape: Shape,
}

/// Which reader takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Table(Table),
    Links,
    Json,
    Bookmarks,
}

/// Decides from the first bytes of a text that `sniff` has let pass.
pub(super) fn detect(head: &[u8]) -> Result<Layout, ImportError> {
    match sniff::structure(head) {
        Structure::Json => return Ok(Layout { format: playlists_json::detect(head)?, heading: Heading::default(), shape: Shape::Json }),
        Structure::Markup => return Ok(Layout { format: bookmarks::detect(head)?, heading: Heading::default(), shape: Shape::Bookmarks }),
        Structure::Plain => {}
    }
    let samples = [',', ';', '\t'].map(|delimiter| sample(head, delimiter).map(|records| (delimiter, records)));
    let samples = samples.into_iter().collect::<Result<Vec<_>, _>>()?;
    if samples.iter().all(|(_, records)| records.is_empty()) {
        return Err(refusal::empty());
    }
    for (delimiter, records) in &samples {
        if let Some(layout) = by_header(*delimiter, records)? {
            return Ok(layout);
        }
    }
    let by_content = samples.iter().find_map(|(delimiter, records)| by_ids_and_times(*delimiter, records));
    let by_content = by_content.or_else(|| samples.iter().find_map(|(delimiter, records)| by_links_and_titles(*delimiter, records)));
    Ok(by_content.unwrap_or(Layout { format: ImportFormat::Links, heading: Heading::default(), shape: Shape::Links }))
}

/// The first records, split at this delimiter.
pub(super) fn sample(head: &[u8], delimiter: char) -> Result<Vec<Record>, ImportError> {
    let lines = text::lines(head).map_err(refusal::unreadable)?;
    Records::new(lines, delimiter).take(SAMPLE_RECORDS).collect::<Result<_, _>>().map_err(refusal::unreadable)
}

/// Excel's first line `sep=;`.
fn is_separator_note(record: &Record) -> bool {
    record.field(0).to_ascii_lowercase().starts_with("sep=") && record.fields.iter().skip(1).all(String::is_empty)
}

/// A table with a known header. Refuses tables that are known to be something else.
fn by_header(delimiter: char, records: &[Record]) -> Result<Option<Layout>, ImportError> {
    let start = records.iter().take_while(|record| is_separator_note(record)).count();
    let Some(first) = records.get(start) else { return Ok(None) };
    if header::is_subscriptions(first, records.get(start + 1)) {
        return Err(refusal::subscriptions());
    }
    if header::is_music(first) {
        return Err(refusal::music());
    }
    if header::is_contents(&records[start..]) {
        return Err(refusal::playlists());
    }
    let (mut at, mut heading) = (start, Heading::default());
    if let Some((id, title)) = header::metadata_columns(first) {
        if let Some(block) = records.get(start + 1) {
            heading = Heading { id: link::playlist_id(block.field(id)), name: single_line(block.field(title), MAX_TITLE_CHARS) };
        }
        let found = (start + 1..records.len().min(start + 1 + MAX_PREAMBLE)).find(|at| Columns::from_header(&records[*at]).id.is_some());
        match found {
            Some(found) => at = found,
            // The header of the videos may be translated; without rows there is only the block.
            None if records.len() <= start + 3 => return Err(refusal::no_videos(heading.name.as_deref())),
            None => return Ok(None),
        }
    }
    let rows = &records[at + 1..];
    let mut columns = Columns::from_header(&records[at]);
    if !columns.has_videos() {
        columns.id = header::generic_id_column(&records[at]).filter(|id| most(rows, |row| link::is_id(row.field(*id))));
    }
    if !columns.has_videos() {
        return Ok(None);
    }
    if records[at].fields.len() == 1 && most(rows, |row| row.fields.len() > 1 || row.field(0).contains([',', ';', '\t'])) {
        // One word above lines of several links each: that is a list of links, and none of them may be lost as an unnamed column.
        return Ok(None);
    }
    let mut is_takeout = header::is_takeout(&records[at]);
    if let (None, Some(id)) = (columns.added, columns.id) {
        // The column beside the ids may have a translated name.
        columns.added = Some(id + 1).filter(|added| Some(*added) != columns.title && most(rows, |row| date::parse_time(row.field(*added)).is_some()));
        is_takeout |= columns.added == Some(1);
    }
    let format = match () {
        () if at > start || header::is_takeout_old(&records[at]) => ImportFormat::TakeoutOld,
        () if is_takeout => ImportFormat::Takeout,
        () => ImportFormat::Csv,
    };
    Ok(Some(Layout { format, heading, shape: Shape::Table(Table { delimiter, skip: at + 1, columns }) }))
}

/// The safe rule for an unknown header: column 0 mostly holds ids and column 1 mostly times.
fn by_ids_and_times(delimiter: char, records: &[Record]) -> Option<Layout> {
    let is_time = |row: &Record| date::parse_time(row.field(1)).is_some();
    // A word of the header may have eleven letters (“Identifiant”), so an id that looks like a word needs a time beside it.
    let is_row = |row: &Record| is_time(row) || (link::is_id(row.field(0)) && !link::is_plain_word(row.field(0)));
    let skip = records.iter().take(MAX_PREAMBLE + 1).position(is_row)?;
    let rows = &records[skip..];
    if !most(rows, |row| link::is_id(row.field(0))) || !most(rows, is_time) {
        return None;
    }
    let block = records.get(1).filter(|block| skip > 2 && block.fields.len() >= 5);
    let heading = block.map(|block| Heading { id: link::playlist_id(block.field(0)), name: single_line(block.field(4), MAX_TITLE_CHARS) });
    let format = if skip > 2 { ImportFormat::TakeoutOld } else { ImportFormat::Takeout };
    let columns = Columns { id: Some(0), added: Some(1), ..Columns::default() };
    Some(Layout { format, heading: heading.unwrap_or_default(), shape: Shape::Table(Table { delimiter, skip, columns }) })
}

/// A first column of links with something else beside them is a table, whatever its header says.
fn by_links_and_titles(delimiter: char, records: &[Record]) -> Option<Layout> {
    let is_link = |row: &Record| matches!(link::parse(row.field(0)), ParsedVideo::Link(_));
    let skip = records.iter().take(2).position(is_link)?;
    let is_text = |row: &Record| !row.field(1).is_empty() && link::parse(row.field(1)) == ParsedVideo::Malformed;
    let rows = &records[skip..];
    if !most(rows, is_link) || !most(rows, is_text) || (skip > 0 && records[0].fields.len() < 2) {
        return None;
    }
    let beside = if most(rows, |row| date::parse_time(row.field(1)).is_some()) {
        Columns { added: Some(1), ..Columns::default() }
    } else {
        Columns { title: Some(1), ..Columns::default() }
    };
    let columns = Columns { url: Some(0), ..beside };
    Some(Layout { format: ImportFormat::Csv, heading: Heading::default(), shape: Shape::Table(Table { delimiter, skip, columns }) })
}

fn most(rows: &[Record], is: impl Fn(&Record) -> bool) -> bool {
    2 * rows.iter().filter(|row| is(row)).count() > rows.len()
}
