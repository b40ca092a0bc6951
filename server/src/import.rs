//! Reading the files that people upload: detection by content, a verdict for every line, memory that does not grow with the file.
//!
//! A file is read twice, by the same reader: once to say what it is and to count, once to hand its lines on. `detect` decides how the
//! reader works from the beginning of the file; nothing in here knows the database, HTTP, or which videos are there already.

mod date;
mod detect;
mod header;
mod link;
mod links;
mod records;
mod refusal;
mod sniff;
mod table;
#[cfg(test)]
mod tests;
mod text;

use std::{fs::File, io};

use app::wire::{ImportFormat, Timestamp};
use tokio::sync::mpsc;

use self::{
    detect::{Layout, Shape},
    link::Reading,
};

pub use link::is_id;

/// One input line with what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportLine {
    /// The line in the file where the record begins, from 1.
    pub line: u32,
    /// The text read as the video, at most 500 characters; for the receipt.
    pub input: String,
    /// What it is.
    pub entry: Entry,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A video.
    Video {
        /// Eleven characters of `[A-Za-z0-9_-]`.
        youtube_id: String,
        /// As the file says.
        title: Option<String>,
        /// When it was added to the list, as the file says.
        added_at: Option<Timestamp>,
    },
    /// A malformed id in a column of ids: accepted, and fails with `invalid_id`.
    InvalidId,
    /// Not a video; why, as a sentence.
    Rejected(String),
}

/// What a file is, after a first pass over all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What kind of file.
    pub format: ImportFormat,
    /// What the file says the list is called.
    pub title: Option<String>,
    /// Lines with a verdict.
    pub total: u32,
}

/// Limits of an import; settings.
#[derive(Clone, Copy, Debug)]
pub struct ImportLimits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Lines with a verdict.
    pub lines: u32,
}

/// Why a file is refused: `code` is stable, the text says what the file is and what to upload instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ImportError {
    /// `empty_file`, `binary_file`, `nothing_recognised`, `subscriptions_file`, `music_file`, `too_many_lines`,
    /// `file_too_large`, `unreadable_file`.
    pub code: &'static str,
    /// For a reader.
    pub detail: String,
}

/// Characters of [`ImportLine::input`].
const MAX_INPUT_CHARS: usize = 500;
/// Characters of a title, of a video or of the list.
const MAX_TITLE_CHARS: usize = 300;

/// The first pass: what the file is and how many lines it has. Nothing is kept of it.
///
/// # Errors
/// The file as a whole is refused.
pub fn inspect(file: &File, limits: ImportLimits) -> Result<Inspection, ImportError> {
    let size = file.metadata().map_err(refusal::unreadable)?.len();
    if size > limits.bytes {
        return Err(refusal::too_large(limits.bytes));
    }
    let layout = detect::detect(file)?;
    let (mut total, mut useful) = (0u32, false);
    for line in read(file, &layout)? {
        let line = line.map_err(refusal::unreadable)?;
        if total == limits.lines {
            return Err(refusal::too_many_lines(limits.lines));
        }
        total += 1;
        useful |= speaks_for_a_list_of_videos(&line, layout.format);
    }
    match (total, useful) {
        (0, _) => Err(refusal::no_videos(layout.title.as_deref())),
        (_, false) => Err(refusal::nothing_recognised(total)),
        _ => Ok(Inspection { format: layout.format, title: layout.title, total }),
    }
}

/// The second pass, on a blocking thread: sends every line in order, and stops when nobody receives.
pub fn send_lines(file: &File, inspection: &Inspection, limits: ImportLimits, lines: &mpsc::Sender<Result<ImportLine, ImportError>>) {
    let reader = match detect::detect(file).and_then(|layout| read(file, &layout)) {
        Ok(reader) => reader,
        Err(refused) => return drop(lines.blocking_send(Err(refused))),
    };
    let mut sent = 0;
    for line in reader {
        // Only a file that changed between the passes has more lines than it had.
        let line = if sent == limits.lines { Err(refusal::too_many_lines(limits.lines)) } else { line.map_err(refusal::unreadable) };
        let last = line.is_err();
        if lines.blocking_send(line).is_err() || last {
            return;
        }
        sent += 1;
    }
    if sent != inspection.total {
        drop(lines.blocking_send(Err(refusal::unreadable(std::io::Error::other("the file changed while it was read")))));
    }
}

/// The id in one URL or bare id; for adding a single video.
///
/// # Errors
/// Why it is not a video, as a sentence.
pub fn parse_video(text: &str) -> Result<String, String> {
    match link::read(text) {
        Reading::Id(id) | Reading::Link(id) => Ok(id),
        Reading::Malformed => Err(link::NEITHER.into()),
        Reading::NotAVideo(reason) => Err(reason),
    }
}

/// The lines of a file whose layout is known. Both passes go through here, so that they cannot disagree.
fn read<'a>(file: &'a File, layout: &Layout) -> Result<Box<dyn Iterator<Item = io::Result<ImportLine>> + 'a>, ImportError> {
    let lines = text::lines(file).map_err(refusal::unreadable)?;
    Ok(match &layout.shape {
        Shape::Table(table) => Box::new(table::Rows::new(lines, table.clone())),
        Shape::Links => Box::new(links::Links::new(lines)),
    })
}

/// Whether a line shows that the file is about videos. In a table the header has said so. In a bare list a link shows it, or an id that
/// is not just a word: lists of words hold words of eleven letters.
fn speaks_for_a_list_of_videos(line: &ImportLine, format: ImportFormat) -> bool {
    match &line.entry {
        Entry::Video { youtube_id, .. } => format != ImportFormat::Links || line.input != *youtube_id || !link::is_plain_word(youtube_id),
        Entry::InvalidId => true,
        Entry::Rejected(_) => false,
    }
}

/// A text from the file as it may be stored and shown: one line, at most `max` characters, `None` where nothing is left.
fn clean(text: &str, max: usize) -> Option<String> {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let short: String = link::trim(&line).chars().take(max).collect();
    let short = link::trim(&short);
    (!short.is_empty()).then(|| short.to_owned())
}
