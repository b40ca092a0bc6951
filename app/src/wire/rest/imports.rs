//! Responses to uploads.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whether an input line was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A new video, for the job to look up.
    Accepted,
    /// A duplicate of a video in the list, or earlier in the file.
    Duplicate,
    /// Not a video; the reason says why.
    Rejected,
}

impl Verdict {
    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
        }
    }
}

/// A rejected line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The line in the file, from 1.
    pub line: u32,
    /// Why, as a sentence.
    pub reason: String,
    /// Whether this is about a file as a whole, which the reason names; `line` means nothing then.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_file: bool,
}

/// The file formats that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportFormat {
    /// Google Takeout since 2023: `Video ID,Playlist Video Creation Timestamp`.
    Takeout,
    /// Google Takeout before 2023: a block of metadata, then `Video Id,Time Added`.
    TakeoutOld,
    /// A table with a column of ids or URLs.
    Csv,
    /// One URL or id per line, or separated by commas.
    Links,
    /// A Takeout archive, or any ZIP archive that contains such files.
    TakeoutZip,
    /// FreeTube's playlists: one JSON object per line.
    Freetube,
    /// Piped's export: playlists in one JSON document.
    Piped,
    /// Bookmarks of a browser: Netscape's HTML, folders as lists; and Pocket's export.
    BookmarksHtml,
    /// Any other JSON with videos in it.
    Json,
    /// A web page, or an XML file with links in it.
    Page,
    /// A database of NewPipe, or of a program like it.
    Database,
}

impl ImportFormat {
    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Takeout => "Google Takeout",
            Self::TakeoutOld => "Google Takeout (older)",
            Self::Csv => "CSV table",
            Self::Links => "list of links",
            Self::TakeoutZip => "Google Takeout archive",
            Self::Freetube => "FreeTube playlists",
            Self::Piped => "Piped playlists",
            Self::BookmarksHtml => "bookmarks",
            Self::Json => "JSON",
            Self::Page => "web page",
            Self::Database => "app database",
        }
    }
}

/// The response to an upload into one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkResult {
    /// The job that looks up the new videos; `null` if nothing was new.
    pub job_id: Option<Uuid>,
    pub format: ImportFormat,
    /// Number of lines with a verdict.
    pub total: u32,
    pub accepted: u32,
    /// Number of accepted lines whose id is malformed, so that they will fail.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub invalid: u32,
    pub duplicates: u32,
    /// The first 100 rejected lines.
    pub rejected: Vec<Rejection>,
    pub rejected_count: u32,
    /// The first lines; only in a preview.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_rows: Vec<PreviewRow>,
}

impl BulkResult {
    /// Number of videos that are new.
    pub const fn new_videos(&self) -> u32 {
        self.accepted.saturating_sub(self.invalid)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A line of the file in a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRow {
    /// The line in the file, from 1.
    pub line: u32,
    /// The text that was read as the video.
    pub input: String,
    /// The title in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The verdict that the import would give it.
    pub verdict: Verdict,
    /// Whether its id is malformed, so that it would be accepted and fail.
    #[serde(default, skip_serializing_if = "is_false")]
    pub invalid: bool,
    /// Why it would be rejected or fail, or how it was read, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The result of an import for one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedList {
    /// The list's id; `null` in a preview if the list would be created.
    pub list_id: Option<Uuid>,
    pub list_name: String,
    /// The uploaded file that the list comes from; only if several files were uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_name: Option<String>,
    /// The same as for an upload into one list.
    #[serde(flatten)]
    pub result: BulkResult,
}

/// The response to `POST /api/imports`: a list for every playlist in each file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportResult {
    /// In the order of the files. Lines and files that belong to no list are reported last, as a list “Not imported” without an id.
    pub jobs: Vec<ImportedList>,
}
