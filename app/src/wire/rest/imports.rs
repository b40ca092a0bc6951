//! What an upload is answered with.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the import made of an input line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Work for the job.
    Accepted,
    /// In the list, or earlier in the file, already.
    Duplicate,
    /// Not a video: see the reason.
    Rejected,
}

impl Verdict {
    /// As on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
        }
    }
}

/// A line that is not a video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The line in the file, from 1.
    pub line: u32,
    /// Why, as a sentence.
    pub reason: String,
}

/// The kinds of file that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportFormat {
    /// Google Takeout since 2023: `Video ID,Playlist Video Creation Timestamp`.
    Takeout,
    /// Google Takeout before: a block of metadata, then `Video Id,Time Added`.
    TakeoutOld,
    /// A table with a column of ids or URLs.
    Csv,
    /// One URL or id a line, or separated by commas.
    Links,
    /// A whole Takeout archive, or any ZIP with such files in it.
    TakeoutZip,
    /// FreeTube's playlists: a line of JSON each.
    Freetube,
    /// Piped's export: playlists in one JSON document.
    Piped,
    /// A browser's bookmarks: Netscape's HTML, folders as lists.
    BookmarksHtml,
}

impl ImportFormat {
    /// For a reader.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Takeout => "Google Takeout",
            Self::TakeoutOld => "Google Takeout (older)",
            Self::Csv => "CSV table",
            Self::Links => "list of links",
            Self::TakeoutZip => "Google Takeout archive",
            Self::Freetube => "FreeTube playlists",
            Self::Piped => "Piped playlists",
            Self::BookmarksHtml => "browser bookmarks",
        }
    }
}

/// The answer to an upload into one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkResult {
    /// The job that looks the new videos up; `null` where nothing was new.
    pub job_id: Option<Uuid>,
    /// The kind of file that was found.
    pub format: ImportFormat,
    /// Input lines with a verdict.
    pub total: u32,
    /// Lines that are work for the job.
    pub accepted: u32,
    /// Lines whose video was there already.
    pub duplicates: u32,
    /// The first 100 lines that are not videos.
    pub rejected: Vec<Rejection>,
    /// How many there are of those.
    pub rejected_count: u32,
    /// The first rows, of a preview alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_rows: Vec<PreviewRow>,
}

/// A line of the file as the import would take it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// The line in the file, from 1.
    pub line: u32,
    /// The text that was read as the video.
    pub input: String,
    /// As the file says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the import would make of it.
    pub verdict: Verdict,
    /// Why it is rejected, or would fail, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What an import did to one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedList {
    /// The list; `null` in a preview where it would be made.
    pub list_id: Option<Uuid>,
    /// The list's name.
    pub list_name: String,
    /// As for an upload into one list.
    #[serde(flatten)]
    pub result: BulkResult,
}

/// The answer to `POST /api/imports`: a list for every playlist in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportResult {
    /// In the file's order.
    pub jobs: Vec<ImportedList>,
}
