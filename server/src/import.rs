//! Reading the files that people upload: detection by content, a verdict for every line, memory that does not grow with the file.

use std::fs::File;

use app::wire::{ImportFormat, Timestamp};
use tokio::sync::mpsc;

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
    /// `empty_file`, `binary_file`, `nothing_recognised`, `subscriptions_file`, `music_file`, `too_many_lines`, `unreadable_file`.
    pub code: &'static str,
    /// For a reader.
    pub detail: String,
}

/// The first pass: what the file is and how many lines it has. Nothing is kept of it.
///
/// # Errors
/// The file as a whole is refused.
pub fn inspect(_file: &File, _limits: ImportLimits) -> Result<Inspection, ImportError> {
    unimplemented!()
}

/// The second pass, on a blocking thread: sends every line in order, and stops when nobody receives.
pub fn send_lines(_file: &File, _inspection: &Inspection, _limits: ImportLimits, _lines: &mpsc::Sender<Result<ImportLine, ImportError>>) {
    unimplemented!()
}

/// The id in one URL or bare id; for adding a single video.
///
/// # Errors
/// Why it is not a video, as a sentence.
pub fn parse_video(_text: &str) -> Result<String, String> {
    unimplemented!()
}
