//! Reads uploaded files: detects the format by content, gives every line a verdict, and uses memory that does not grow with the file.
//!
//! | module | owns |
//! | --- | --- |
//! | `detect` | which format a text has, decided from its beginning |
//! | `read` | a reader for each format: bytes in, playlists and lines out |
//! | `upload` | what was sent: files with their names |
//! | `entries` | the texts of an upload: its files, and what is in those that are archives |
//! | `file_name` | what the name of a file says about the playlist in it |
//! | `text_file` | one text: detects its format, then reads it |
//! | `inspect` | the first pass over an upload: what it is, which playlists are in it, how many lines |
//! | `plan` | which of those playlists goes to which list |
//! | `titles` | which title of a table of contents belongs to which file |
//! | `forward` | the second pass: sends every line to its list |
//! | `verdict` | what becomes of a line |
//! | `refusal` | the sentences that say why a file is refused |
//!
//! A file is read twice by the same reader. An upload is a file or several, each a text or an archive of texts; a text holds one playlist or
//! several. Nothing in here knows the database, HTTP, or which videos a list already has.

mod detect;
mod entries;
mod file_name;
mod forward;
mod inspect;
mod plan;
mod read;
mod refusal;
#[cfg(test)]
mod tests;
mod text_file;
mod titles;
mod upload;
mod verdict;

use app::wire::{Rejection, Timestamp};

use self::read::link::{self, ParsedVideo};

pub use self::{
    inspect::Inspection,
    plan::{Plan, Playlist},
    read::link::is_id,
    upload::Upload,
};
pub(crate) use self::{
    read::link::NOT_A_LINK_OR_ID,
    upload::{MAX_NAME_CHARS, UploadedFile, source_name},
    verdict::{Counts, Seen, verdict},
};

/// One line of the file, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportLine {
    /// Index of the list that it goes to, from 0.
    pub list: u32,
    /// Number of the line where the record begins, from 1. Strictly increasing within a list: a number that is taken becomes the next free one.
    pub line: u32,
    /// The text that was parsed, for the receipt; at most 500 characters.
    pub input: String,
    /// What was found in it.
    pub entry: Entry,
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Video {
        /// Eleven characters of `[A-Za-z0-9_-]`.
        youtube_id: String,
        /// From the file.
        title: Option<String>,
        /// When it was added to the list, from the file.
        added_at: Option<Timestamp>,
        /// Note for the receipt, such as a date that was left out.
        note: Option<String>,
    },
    /// A malformed id in a column of ids: accepted, and fails with `invalid_id`.
    InvalidId,
    /// Not a video; the reason is a sentence.
    Rejected(String),
}

impl Entry {
    /// A video of which nothing else is known.
    pub fn video(youtube_id: impl Into<String>) -> Self {
        Self::titled(youtube_id, None)
    }

    /// A video with the title from the file.
    pub fn titled(youtube_id: impl Into<String>, title: Option<String>) -> Self {
        Self::Video { youtube_id: youtube_id.into(), title, added_at: None, note: None }
    }
}

/// Limits of an import; settings.
#[derive(Clone, Copy, Debug)]
pub struct ImportLimits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Lines with a verdict.
    pub lines: u32,
    /// Bytes of an archive after unpacking.
    pub unpacked: u64,
    /// Files that are uploaded at once, files in an archive, and lists that one import creates or fills.
    pub entries: u32,
}

/// Why a file is refused: a stable code, and a sentence that says what the file is and what to upload instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ImportError {
    /// `empty_file`, `binary_file`, `nothing_recognised`, `subscriptions_file`, `music_file`, `history_file`, `comments_file`, `uploads_file`, `too_many_lines`,
    /// `too_many_lists`, `too_many_entries`, `file_too_large`, `archive_too_large`, `broken_archive`, `encrypted_archive`,
    /// `unreadable_file`, `broken_database`.
    pub code: &'static str,
    pub detail: String,
}

/// Lines of an upload that belong to none of its lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// The first 100 of them.
    pub rejected: Vec<Rejection>,
    /// How many there are.
    pub count: u32,
}

/// Characters of [`ImportLine::input`].
pub(crate) const MAX_INPUT_CHARS: usize = 500;
/// Characters of a title, of a video or of the list.
const MAX_TITLE_CHARS: usize = 300;

/// Parses one URL or bare id, for adding a single video.
///
/// # Errors
/// Why it is not a video, as a sentence.
pub(crate) fn parse_video_id(text: &str) -> Result<String, String> {
    match link::parse(text) {
        ParsedVideo::Id(id) => Ok(id),
        ParsedVideo::Link(mut link) if link.ids.len() == 1 => Ok(link.ids.remove(0)),
        ParsedVideo::Link(_) => Err("This link plays several videos. Import it as a list.".into()),
        ParsedVideo::Malformed => Err(NOT_A_LINK_OR_ID.into()),
        ParsedVideo::OtherLink(reason) => Err(reason),
    }
}
