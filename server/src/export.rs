//! Writes lists as files: a table that can be imported again without loss, JSON for programs, bookmarks for browsers. Pure: pages of videos
//! in, bytes out.

mod bookmarks;
mod document;
mod file_name;
mod table;
#[cfg(test)]
mod tests;

use app::wire::{List, Video};
use serde::Deserialize;

pub(crate) use self::{
    file_name::{content_disposition, safe_file_name},
    table::csv_page,
};

/// Why writing a page cannot fail.
const IN_MEMORY: &str = "writing to memory does not fail";

/// The formats of an exported list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportFormat {
    /// A table (RFC 4180), safe to open in a spreadsheet.
    #[default]
    Csv,
    /// One document with the list and its videos, as in the API.
    Json,
    /// Netscape's bookmark file, which every browser reads. It has times in whole seconds.
    Html,
}

impl ExportFormat {
    /// Value of `Content-Type`.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// Extension of the file name, without the dot.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Html => "html",
        }
    }

    /// The header of the file and the first page of videos.
    pub(crate) fn first_page(self, list: &List, videos: &[Video]) -> Vec<u8> {
        match self {
            Self::Csv => table::rows(true, videos),
            Self::Json => document::first_page(list, videos),
            Self::Html => bookmarks::first_page(list, videos).into_bytes(),
        }
    }

    /// A further, non-empty page.
    pub(crate) fn next_page(self, videos: &[Video]) -> Vec<u8> {
        match self {
            Self::Csv => table::rows(false, videos),
            Self::Json => document::next_page(videos),
            Self::Html => bookmarks::next_page(videos).into_bytes(),
        }
    }

    /// The end of the file.
    pub(crate) const fn footer(self) -> &'static str {
        match self {
            Self::Csv => "",
            Self::Json => document::FOOTER,
            Self::Html => bookmarks::FOOTER,
        }
    }
}

fn watch_url(video: &Video) -> String {
    format!("https://www.youtube.com/watch?v={}", video.youtube_id)
}
