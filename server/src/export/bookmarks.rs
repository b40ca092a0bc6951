//! Netscape's bookmark file as browsers write it: a folder with a link for each video.
//! Format: <https://learn.microsoft.com/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa753582(v=vs.85)>.

use app::wire::{List, Timestamp, Video};
use html_escape::encode_double_quoted_attribute as escape_html;

use super::watch_url;

pub(super) const FOOTER: &str = "    </DL><p>\n</DL><p>\n";

const MICROS_PER_SECOND: i64 = 1_000_000;

pub(super) fn first_page(list: &List, videos: &[Video]) -> String {
    let (name, created, updated) = (escape_html(&list.name), seconds(list.created_at), seconds(list.updated_at));
    let mut text = format!(
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n\
         <META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=UTF-8\">\n\
         <TITLE>Bookmarks</TITLE>\n\
         <H1>Bookmarks</H1>\n\
         <DL><p>\n    \
         <DT><H3 ADD_DATE=\"{created}\" LAST_MODIFIED=\"{updated}\">{name}</H3>\n    \
         <DL><p>\n"
    );
    text.push_str(&next_page(videos));
    text
}

pub(super) fn next_page(videos: &[Video]) -> String {
    videos.iter().map(link).collect()
}

/// A video without a title gets its address, as in browsers. Those pass over an attribute that they do not know.
fn link(video: &Video) -> String {
    let url = watch_url(video);
    let title = escape_html(video.title.as_deref().unwrap_or(&url));
    let reason = video.reason.map_or_else(String::new, |reason| format!(" REASON=\"{}\"", reason.as_str()));
    format!("        <DT><A HREF=\"{url}\" ADD_DATE=\"{}\"{reason}>{title}</A>\n", seconds(video.added_at))
}

fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(MICROS_PER_SECOND)
}
