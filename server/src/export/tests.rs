//! Exports, and importing them again.

use std::io::Write;

use app::wire::{FailureCause, List, Timestamp, Video, VideoReason, VideoStatus};
use proptest::prelude::*;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::ExportFormat;
use crate::{
    config::Settings,
    import::{Entry, Upload},
};

fn list() -> List {
    let at = Timestamp::from_micros(1_700_000_000_000_000);
    List {
        id: Uuid::from_u128(1),
        name: "<Cooking> & \"more\"".into(),
        video_count: 0,
        unavailable_count: 0,
        active_jobs: 0,
        created_at: at,
        updated_at: at,
    }
}

fn video(youtube_id: &str, title: Option<&str>, micros: i64) -> Video {
    Video {
        id: Uuid::from_u128(2),
        youtube_id: youtube_id.into(),
        title: title.map(Into::into),
        channel: Some("=A channel".into()),
        duration_seconds: Some(61),
        thumbnail_url: "https://i.ytimg.com/vi/x/mqdefault.jpg".into(),
        added_at: Timestamp::from_micros(micros),
        position: 1,
        status: VideoStatus::Unavailable,
        cause: Some(FailureCause::Unavailable),
        error: Some("Video is private".into()),
        reason: None,
    }
}

/// The file, written as two pages.
fn written(format: ExportFormat, videos: &[Video]) -> String {
    let (first, second) = videos.split_at(videos.len().div_ceil(2));
    let mut bytes = format.first_page(&list(), first);
    if !second.is_empty() {
        bytes.extend(format.next_page(second));
    }
    bytes.extend(format.footer().as_bytes());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn csv_export_escapes_formulas_and_quotes() {
    let text = written(ExportFormat::Csv, &[video("-bcdefghijk", Some("=1+1, \"or\" not"), 1_700_000_000_000_001), video("abcdefghijk", None, 0)]);
    let expected = "video_id,url,title,channel,duration_seconds,added_at,status,error,reason\r\n\
        '-bcdefghijk,https://www.youtube.com/watch?v=-bcdefghijk,\"'=1+1, \"\"or\"\" not\",'=A channel,61,2023-11-14T22:13:20.000001Z,unavailable,Video is private,\r\n\
        abcdefghijk,https://www.youtube.com/watch?v=abcdefghijk,,'=A channel,61,1970-01-01T00:00:00.000000Z,unavailable,Video is private,\r\n";
    assert_eq!(text, expected);
    assert_eq!(written(ExportFormat::Csv, &[]).lines().count(), 1);
}

#[test]
fn html_export_is_a_bookmark_file() {
    let text = written(ExportFormat::Html, &[video("-bcdefghijk", Some("<b> & \"c\""), 1_700_000_000_900_000), video("abcdefghijk", None, 0)]);
    let expected = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n\
        <META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=UTF-8\">\n\
        <TITLE>Bookmarks</TITLE>\n\
        <H1>Bookmarks</H1>\n\
        <DL><p>\n    <DT><H3 ADD_DATE=\"1700000000\" LAST_MODIFIED=\"1700000000\">&lt;Cooking&gt; &amp; &quot;more&quot;</H3>\n    <DL><p>\n        \
        <DT><A HREF=\"https://www.youtube.com/watch?v=-bcdefghijk\" ADD_DATE=\"1700000000\">&lt;b&gt; &amp; &quot;c&quot;</A>\n        \
        <DT><A HREF=\"https://www.youtube.com/watch?v=abcdefghijk\" ADD_DATE=\"0\">https://www.youtube.com/watch?v=abcdefghijk</A>\n    \
        </DL><p>\n</DL><p>\n";
    assert_eq!(text, expected);
}

#[test]
fn every_export_has_the_reason_of_a_video_without_title() {
    let untold =
        Video { status: VideoStatus::Ok, cause: None, error: None, reason: Some(VideoReason::EmbeddingDisabled), ..video("abcdefghijk", None, 0) };
    for format in [ExportFormat::Csv, ExportFormat::Html, ExportFormat::Json] {
        let text = written(format, std::slice::from_ref(&untold));
        assert_eq!(text.matches("embedding_disabled").count(), 1, "{text}");
    }
}

#[test]
fn json_export_is_one_document_over_several_pages() {
    for count in 0..4 {
        let videos: Vec<Video> = (0..count).map(|n| video(&format!("{n:011}"), Some("A \"title\""), n)).collect();
        let document: serde_json::Value = serde_json::from_str(&written(ExportFormat::Json, &videos)).unwrap();
        assert_eq!(document["list"]["name"], "<Cooking> & \"more\"");
        assert_eq!(serde_json::from_value::<Vec<Video>>(document["videos"].clone()).unwrap(), videos);
    }
}

/// Imports the text and returns ids, titles and times.
fn imported(text: &str) -> Vec<(String, Option<String>, Option<i64>)> {
    let limits = Settings::defaults().import_limits();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let upload = Upload::single(file, "export.csv");
    let inspection = upload.inspect(limits).unwrap();
    let (sender, mut receiver) = mpsc::channel(1000);
    upload.send_lines(&inspection, &inspection.plan_single_list(), limits, &sender);
    drop(sender);
    let mut videos = Vec::new();
    while let Some(line) = receiver.blocking_recv() {
        match line.unwrap().entry {
            Entry::Video { youtube_id, title, added_at, .. } => videos.push((youtube_id, title, added_at.map(Timestamp::micros))),
            other => panic!("{other:?} in {text}"),
        }
    }
    videos
}

proptest! {
    /// Ids, titles, times (bookmarks have whole seconds) and their order survive, for all titles that sources and imports let through: one
    /// line without surrounding whitespace.
    #[test]
    fn every_export_is_imported_again_unchanged(rows in proptest::collection::vec(("[A-Za-z0-9_-]{11}", "([^\\pC\\s]([^\\pC\\p{Zl}\\p{Zp}]{0,30}[^\\pC\\s])?)?|['=+@-]{1,3}x", 1_200_000_000_000_000i64..1_790_000_000_000_000), 1..20)) {
        prop_assume!(rows.iter().all(|(_, text, _)| text.is_empty() || !text.chars().all(crate::text::is_invisible)));
        let title = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let videos: Vec<Video> = rows.iter().map(|(id, text, micros)| video(id, title(text).as_deref(), *micros)).collect();
        let expected: Vec<_> = rows.iter().map(|(id, text, micros)| (id.clone(), title(text), Some(*micros))).collect();
        prop_assert_eq!(&imported(&written(ExportFormat::Csv, &videos)), &expected);
        prop_assert_eq!(&imported(&written(ExportFormat::Json, &videos)), &expected);
        let whole_seconds = |micros: i64| micros.div_euclid(1_000_000) * 1_000_000;
        let expected: Vec<_> = expected.into_iter().map(|(id, title, micros)| (id, title, micros.map(whole_seconds))).collect();
        prop_assert_eq!(imported(&written(ExportFormat::Html, &videos)), expected);
    }
}
