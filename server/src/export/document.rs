//! `{"list":{…},"videos":[…]}`, one video per line.

use app::wire::{List, Video};

use super::IN_MEMORY;

pub(super) const FOOTER: &str = "\n]}\n";

pub(super) fn first_page(list: &List, videos: &[Video]) -> Vec<u8> {
    let mut text = b"{\"list\":".to_vec();
    serde_json::to_writer(&mut text, list).expect(IN_MEMORY);
    text.extend(b",\"videos\":[");
    for (n, video) in videos.iter().enumerate() {
        text.extend(if n == 0 { &b"\n"[..] } else { b",\n" });
        serde_json::to_writer(&mut text, video).expect(IN_MEMORY);
    }
    text
}

/// Every video has a comma before it, because the first page was not empty.
pub(super) fn next_page(videos: &[Video]) -> Vec<u8> {
    let mut text = Vec::new();
    for video in videos {
        text.extend(b",\n");
        serde_json::to_writer(&mut text, video).expect(IN_MEMORY);
    }
    text
}
