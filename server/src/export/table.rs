//! CSV (RFC 4180). The names of its columns are among those that imports know.

use app::wire::{Video, VideoReason};
use csv::{Terminator, WriterBuilder};

use super::{IN_MEMORY, watch_url};
use crate::formula::escape_formula;

const COLUMNS: [&str; 9] = ["video_id", "url", "title", "channel", "duration_seconds", "added_at", "status", "error", "reason"];

pub(super) fn rows(with_header: bool, videos: &[Video]) -> Vec<u8> {
    let mut csv = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    if with_header {
        csv.write_record(COLUMNS).expect(IN_MEMORY);
    }
    for video in videos {
        let duration = video.duration_seconds.map(|seconds| seconds.to_string()).unwrap_or_default();
        csv.write_record([
            &*escape_formula(&video.youtube_id),
            &watch_url(video),
            &escape_formula(video.title.as_deref().unwrap_or_default()),
            &escape_formula(video.channel.as_deref().unwrap_or_default()),
            &duration,
            &video.added_at.to_string(),
            video.status.as_str(),
            &escape_formula(video.error.as_deref().unwrap_or_default()),
            video.reason.map_or("", VideoReason::as_str),
        ])
        .expect(IN_MEMORY);
    }
    csv.into_inner().expect(IN_MEMORY)
}
