//! CSV (RFC 4180). The names of a list's columns are among those that imports know.

use std::borrow::Cow;

use app::{
    wire::{Video, VideoReason},
    wording::strip_bidi_controls,
};
use csv::{Terminator, WriterBuilder};

use super::{IN_MEMORY, watch_url};
use crate::formula::escape_formula;

const COLUMNS: [&str; 9] = ["video_id", "url", "title", "channel", "duration_seconds", "added_at", "status", "error", "reason"];

pub(super) fn rows(with_header: bool, videos: &[Video]) -> Vec<u8> {
    csv_page(with_header, COLUMNS, videos, |video| {
        [
            video.youtube_id.as_str().into(),
            watch_url(video).into(),
            video.title.as_deref().unwrap_or_default().into(),
            video.channel.as_deref().unwrap_or_default().into(),
            video.duration_seconds.map(|seconds| seconds.to_string()).unwrap_or_default().into(),
            video.added_at.to_string().into(),
            video.status.as_str().into(),
            video.error.as_deref().unwrap_or_default().into(),
            video.reason.map_or("", VideoReason::as_str).into(),
        ]
    })
}

/// A row per item, with cells that a spreadsheet does not run, and whose text does not look like another.
pub(crate) fn csv_page<'a, T, const N: usize>(
    with_header: bool,
    columns: [&str; N],
    items: &'a [T],
    cells: impl Fn(&'a T) -> [Cow<'a, str>; N],
) -> Vec<u8> {
    let mut csv = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    if with_header {
        csv.write_record(columns).expect(IN_MEMORY);
    }
    for item in items {
        let cells = cells(item);
        let plain = cells.each_ref().map(|cell| strip_bidi_controls(cell));
        let escaped = plain.each_ref().map(|cell| escape_formula(cell));
        csv.write_record(escaped.each_ref().map(|cell| cell.as_bytes())).expect(IN_MEMORY);
    }
    csv.into_inner().expect(IN_MEMORY)
}
