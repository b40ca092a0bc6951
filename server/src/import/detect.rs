//! Decides how a text is read, from its first records: by content, not by the file's name or the language of its header.

pub(super) mod sniff;

use app::wire::ImportFormat;

use self::sniff::Structure;
use super::{
    ImportError, MAX_TITLE_CHARS,
    read::{
        Heading, date,
        header::{self, Columns},
        link::{self, ParsedVideo},
        links::{self, TextShape},
        markup::{self, MarkupKind},
        records::{Record, Records},
        sql,
        table::{self, Table},
        text,
    },
    refusal,
};
use crate::{formula::unescape_formula, text::single_line};

/// Records that are looked at.
const SAMPLE_RECORDS: usize = 60;
/// Lines of a text that are looked at.
const SAMPLE_LINES: usize = 200;
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// Columns of a table without a known header.
const MAX_COLUMNS: usize = 60;
/// Records before the header of the videos: the metadata block of an old Takeout file, and a `sep=` line.
const MAX_PREAMBLE: usize = 5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) format: ImportFormat,
    /// The heading of a file with one list; a file with several tells each as it is read.
    pub(super) heading: Heading,
    pub(super) shape: Shape,
}

/// Tells a table by what is in it: its delimiter and its first records.
type Rule = fn(char, &[Record]) -> Option<Layout>;

/// Which reader takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Table(Table),
    Text(TextShape),
    Json,
    Markup(MarkupKind),
    /// A dump in SQL.
    Dump,
}

/// Decides from the first bytes of a text that `sniff` has let pass.
pub(super) fn detect(head: &[u8]) -> Result<Layout, ImportError> {
    match sniff::structure(head) {
        Structure::Json => Ok(single_list_layout(Shape::Json)),
        Structure::Markup => Ok(single_list_layout(Shape::Markup(markup::detect(head)?))),
        Structure::Plain if sql::is_dump(&text::decode_truncated(&text::utf8_head(head))) => Ok(single_list_layout(Shape::Dump)),
        Structure::Plain => detect_plain(head),
    }
}

fn single_list_layout(shape: Shape) -> Layout {
    Layout { format: ImportFormat::Links, heading: Heading::default(), shape }
}

/// The same for what is neither JSON nor markup.
pub(super) fn detect_plain(head: &[u8]) -> Result<Layout, ImportError> {
    let samples = DELIMITERS.map(|delimiter| sample(head, delimiter).map(|records| (delimiter, records)));
    let samples = samples.into_iter().collect::<Result<Vec<_>, _>>()?;
    if samples.iter().all(|(_, records)| records.is_empty()) {
        return Err(refusal::empty());
    }
    for (delimiter, records) in &samples {
        if let Some(layout) = by_header(*delimiter, records)? {
            return Ok(layout);
        }
    }
    let rules: [Rule; 3] = [by_ids_and_times, by_links, by_ids];
    let tables = || samples.iter().filter(|(delimiter, records)| *delimiter != ',' || !records.iter().any(is_cut_link));
    let by_content = rules.iter().find_map(|rule| tables().find_map(|(delimiter, records)| rule(*delimiter, records)));
    if let Some(layout) = by_content {
        return Ok(layout);
    }
    let lines = text::lines(head).map_err(refusal::unreadable)?.take(SAMPLE_LINES).collect::<Result<Vec<_>, _>>().map_err(refusal::unreadable)?;
    Ok(single_list_layout(Shape::Text(TextShape::detect(&lines))))
}

/// A link to several videos, `watch_videos?video_ids=ID,ID`, that was split at its own commas.
fn is_cut_link(record: &Record) -> bool {
    record.fields.windows(2).any(|pair| {
        let is_open = pair[0].rsplit_once("video_ids=").is_some_and(|(_, id)| link::is_id(id));
        is_open && pair[1].get(..11).is_some_and(link::is_id)
    })
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
    if header::is_comments(&records[start..]) {
        return Err(refusal::comments());
    }
    if header::is_uploads(first) {
        return Err(refusal::uploads());
    }
    // The head of the table of contents is at times pasted above a playlist.
    let is_above = records.iter().skip(start + 2).take(MAX_PREAMBLE).any(|row| Columns::from_header(row).id.is_some());
    if !is_above && header::is_contents(&records[start..]) {
        return Err(refusal::playlists());
    }
    let (mut at, mut heading) = (start, Heading::default());
    if let Some((id, title)) = header::metadata_columns(first).or_else(|| header::contents_columns(first).filter(|_| is_above)) {
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
        let is_value = |value: &str| link::is_id(&unescape_formula(value)) || table::is_mangled(value);
        columns.id = header::generic_id_column(&records[at]).filter(|id| is_majority(rows, |row| is_value(row.field(*id))));
    }
    if !columns.has_videos() {
        return if header::is_song_list(&records[at]) && !has_video_link(rows) { Err(refusal::songs()) } else { Ok(None) };
    }
    let is_bare = |row: &Record| !matches!(link::parse(row.field(0)), ParsedVideo::Malformed);
    if records[at].fields.len() == 1 && columns.id.is_none() && !rows.is_empty() && !is_majority(rows, is_bare) {
        // A heading above lines of text, in which the links are.
        return Ok(None);
    }
    columns = columns.fullest(&records[at], rows);
    if records[at].fields.len() == 1 && is_majority(rows, |row| row.fields.len() > 1 || row.field(0).contains([',', ';', '\t'])) {
        // One word above lines of several links each: that is a list of links, and none of them may be lost as an unnamed column.
        return Ok(None);
    }
    let width = records[at].fields.len().min(MAX_COLUMNS);
    if columns.added.is_none() {
        let free = (0..width).filter(|column| ![columns.id, columns.url, columns.title].contains(&Some(*column)));
        columns.added = free.into_iter().find(|column| header::is_added_name(records[at].field(*column)));
    }
    if let (None, Some(url)) = (columns.id, columns.url) {
        // Of several columns of addresses, the one with videos.
        let videos = |column: &usize| rows.iter().filter(|row| matches!(link::parse(row.field(*column)), ParsedVideo::Link(_))).count();
        if videos(&url) == 0 {
            columns.url = (0..width).max_by_key(videos).filter(|column| videos(column) > 0).or(Some(url));
        }
    }
    let mut is_takeout = header::is_takeout(&records[at]);
    if let (None, Some(id)) = (columns.added, columns.id) {
        // The column beside the ids may have a translated name.
        columns.added = Some(id + 1).filter(|added| Some(*added) != columns.title && is_majority(rows, |row| date::is_time(row.field(*added))));
        is_takeout |= columns.added == Some(1);
    }
    let format = match () {
        () if at > start || header::is_takeout_old(&records[at]) => ImportFormat::TakeoutOld,
        () if is_takeout => ImportFormat::Takeout,
        () => ImportFormat::Csv,
    };
    let more = further_columns(&records[at], rows, &columns);
    Ok(Some(Layout { format, heading, shape: Shape::Table(Table { delimiter, skip: at + 1, columns, more }) }))
}

/// Columns in which most rows have another video than in the first one: links, or ids below a name that says so.
fn further_columns(header: &Record, rows: &[Record], columns: &Columns) -> Vec<usize> {
    let Some(first) = columns.id.or(columns.url) else { return Vec::new() };
    let is_named = |column: usize| header::is_known_name(header.field(column));
    let is_video = |row: &Record, column: usize| match link::parse(&unescape_formula(row.field(column))) {
        ParsedVideo::Link(_) => true,
        ParsedVideo::Id(_) => is_named(column),
        ParsedVideo::OtherLink(_) | ParsedVideo::Malformed => false,
    };
    let is_another = |row: &Record, column: usize| is_video(row, column) && row_video(row, column) != row_video(row, first);
    let others = (0..header.fields.len().min(MAX_COLUMNS)).filter(|column| *column != first);
    others.filter(|column| is_majority(rows, |row| is_another(row, *column))).collect()
}

fn has_video_link(rows: &[Record]) -> bool {
    rows.iter().flat_map(|row| &row.fields).any(|field| matches!(link::parse(field), ParsedVideo::Link(_)))
}

/// The safe rule for an unknown header: column 0 mostly holds ids and column 1 mostly times.
fn by_ids_and_times(delimiter: char, records: &[Record]) -> Option<Layout> {
    let is_time = |row: &Record| date::is_time(row.field(1));
    // A word of the header may have eleven letters (“Identifiant”), so an id that looks like a word needs a time beside it.
    let is_row = |row: &Record| link::is_id(row.field(0)) && !link::is_plain_word(row.field(0));
    let start = &records[..records.len().min(MAX_PREAMBLE + 1)];
    let skip = start.iter().position(is_time).or_else(|| start.iter().position(is_row))?;
    let rows = &records[skip..];
    if !is_majority(rows, |row| link::is_id(row.field(0))) || !is_majority(rows, is_time) {
        return None;
    }
    let block = records.get(1).filter(|block| skip > 2 && block.fields.len() >= 5);
    let heading = block.map(|block| Heading { id: link::playlist_id(block.field(0)), name: single_line(block.field(4), MAX_TITLE_CHARS) });
    let format = if skip > 2 { ImportFormat::TakeoutOld } else { ImportFormat::Takeout };
    let columns = Columns { id: Some(0), added: Some(1), ..Columns::default() };
    Some(Layout { format, heading: heading.unwrap_or_default(), shape: Shape::Table(Table { delimiter, skip, columns, more: Vec::new() }) })
}

/// A column that mostly holds links to videos, with others beside it, is a table, whatever its header says.
fn by_links(delimiter: char, records: &[Record]) -> Option<Layout> {
    let is_link = |row: &Record, column: usize| matches!(link::parse(row.field(column)), ParsedVideo::Link(_));
    by_column(delimiter, records, is_link, |column| Columns { url: Some(column), ..Columns::default() })
}

/// The same for a column of ids. Some of them must be no word: any text has words of eleven letters.
fn by_ids(delimiter: char, records: &[Record]) -> Option<Layout> {
    let is_id = |row: &Record, column: usize| link::is_id(&unescape_formula(row.field(column)));
    let found = by_column(delimiter, records, is_id, |column| Columns { id: Some(column), ..Columns::default() })?;
    let Shape::Table(Table { columns: Columns { id: Some(column), .. }, .. }) = &found.shape else { return None };
    records.iter().any(|row| is_id(row, *column) && !link::is_plain_word(row.field(*column))).then_some(found)
}

/// The column of which most values are such, where the others are something else and the rows have about as many fields each.
fn by_column(delimiter: char, records: &[Record], is: impl Fn(&Record, usize) -> bool, columns: impl Fn(usize) -> Columns) -> Option<Layout> {
    let width = usual_width(records)?;
    let count = |rows: &[Record], column: usize| rows.iter().filter(|row| is(row, column)).count();
    let column = (0..width).rev().max_by_key(|column| count(records, *column))?;
    let skip = usize::from(!is(&records[0], column));
    let rows = &records[skip..];
    // In a list of links, separated by commas, the other columns hold links as well; the picture of a video has its id, too.
    let is_other = |row: &Record, other: usize| {
        let video = row_video(row, other).filter(|_| is(row, other) || link::is_id(row.field(other)));
        (video.is_some() && video != row_video(row, column)) || links::several(row.field(other)).is_some()
    };
    let others = (0..width).filter(|other| *other != column && 2 * rows.iter().filter(|row| is_other(row, *other)).count() >= rows.len()).count();
    if rows.is_empty() || 2 * count(rows, column) <= rows.len() || others > 0 {
        return None;
    }
    let named = if skip == 1 { Columns::from_header(&records[0]) } else { Columns::default() };
    let mut columns = Columns { id: None, url: None, ..named }.with(columns(column));
    let free = |beside: &usize| *beside != column && ![columns.added, columns.title, columns.playlist, columns.playlist_id].contains(&Some(*beside));
    let added = (0..width).filter(free).find(|beside| is_majority(rows, |row| date::is_day_or_time(row.field(*beside))));
    // Among columns without a name, the longest words are the title.
    let letters =
        |beside: &usize| rows.iter().map(|row| row.field(*beside)).filter(|field| is_words(field)).map(|field| field.chars().count()).sum::<usize>();
    let title = (0..width).filter(free).filter(|beside| Some(*beside) != added && letters(beside) > 0).rev().max_by_key(letters);
    columns.added = columns.added.or(added);
    columns.title = columns.title.or(title);
    Some(Layout { format: ImportFormat::Csv, heading: Heading::default(), shape: Shape::Table(Table { delimiter, skip, columns, more: Vec::new() }) })
}

/// The video that a field names.
fn row_video(row: &Record, column: usize) -> Option<String> {
    match link::parse(&unescape_formula(row.field(column))) {
        ParsedVideo::Id(id) => Some(id),
        ParsedVideo::Link(link) => link.ids.into_iter().next(),
        ParsedVideo::OtherLink(_) | ParsedVideo::Malformed => None,
    }
}

/// The number of fields that nearly all rows have.
fn usual_width(records: &[Record]) -> Option<usize> {
    let width = records.iter().map(|row| row.fields.len()).max_by_key(|width| records.iter().filter(|row| row.fields.len() == *width).count())?;
    let usual = records.iter().filter(|row| row.fields.len() == width).count();
    ((2..=MAX_COLUMNS).contains(&width) && 5 * usual >= 4 * records.len()).then_some(width)
}

/// Whether a field could be a title.
fn is_words(field: &str) -> bool {
    field.chars().any(char::is_alphabetic)
        && !field.contains("://")
        && !date::is_day_or_time(field)
        && !link::is_id(field)
        && uuid::Uuid::parse_str(field).is_err()
}

/// More than half.
fn is_majority(rows: &[Record], is: impl Fn(&Record) -> bool) -> bool {
    2 * rows.iter().filter(|row| is(row)).count() > rows.len()
}
