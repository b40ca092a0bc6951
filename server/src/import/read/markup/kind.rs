//! Tells what kind of markup a file has, from its beginning.

use std::io::Read;

use super::cells;
use crate::import::{ImportError, read::text, refusal};

/// What kind of markup a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkupKind {
    /// Every link is a line, every folder a playlist.
    Bookmarks,
    /// Every link is a line.
    Pocket,
    /// Links to videos are lines.
    Page,
    /// Texts that are links to videos are lines.
    Xml,
    /// Rows of cells are read as a table.
    Sheet,
}

/// Detects the kind. Refuses files that are known to be something else.
pub(crate) fn detect(head: &[u8]) -> Result<MarkupKind, ImportError> {
    let mut bytes = Vec::new();
    text::to_utf8(head).and_then(|mut text| text.read_to_end(&mut bytes)).map_err(refusal::unreadable)?;
    let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let has = |mark| text.contains(mark);
    match () {
        () if has("netscape-bookmark-file") || (has("<dl") && has("<dt")) => Ok(MarkupKind::Bookmarks),
        () if has("mdl-grid") || has("content-cell") => Err(refusal::history()),
        () if cells::is_sheet(&text) => Ok(MarkupKind::Sheet),
        () if has("time_added=") => Ok(MarkupKind::Pocket),
        () if has("<html") || has("<!doctype html") => Ok(MarkupKind::Page),
        () if ["<?xml", "<opml", "<xbel", "<en-export", "<plist", "<playlist", "<rss", "<feed", "<!doctype plist"]
            .iter()
            .any(|start| text.trim_start().starts_with(start)) =>
        {
            Ok(MarkupKind::Xml)
        }
        () => Ok(MarkupKind::Page),
    }
}
