//! Whole files through both passes: samples, tolerances, refusals, and arbitrary bytes.

mod arbitrary;
mod archives;
mod playlists;
mod samples;
mod several;
mod tolerances;
mod world;
#[path = "../../tests/zip.rs"]
mod zip;

use std::io::Write;

use app::wire::ImportFormat;
use tokio::sync::mpsc;

use super::*;

const LIMITS: ImportLimits = ImportLimits { bytes: 32 << 20, lines: 200_000, unpacked: 200 << 20, entries: 1000 };

fn upload(bytes: &[u8], name: &str) -> Upload {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Upload::single(file, name)
}

/// Both passes into one list, as an upload goes through them.
fn read_all(bytes: &[u8], limits: ImportLimits) -> Result<(Inspection, Vec<ImportLine>), ImportError> {
    let upload = upload(bytes, "videos.csv");
    let inspection = upload.inspect(limits)?;
    let (lines, skipped) = second_pass(&upload, &inspection, &inspection.plan_single_list(), limits)?;
    assert_eq!(skipped, Skipped::default());
    Ok((inspection, lines))
}

fn second_pass(upload: &Upload, inspection: &Inspection, plan: &Plan, limits: ImportLimits) -> Result<(Vec<ImportLine>, Skipped), ImportError> {
    let (sender, mut receiver) = mpsc::channel(16);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let sender = sender;
            upload.send_lines(inspection, plan, limits, &sender)
        });
        let mut lines = Vec::new();
        while let Some(line) = receiver.blocking_recv() {
            lines.push(line);
        }
        Ok((lines.into_iter().collect::<Result<_, _>>()?, sending.join().unwrap()))
    })
}

/// The name of the first playlist, as the file says.
fn heading(inspection: &Inspection) -> Option<&str> {
    inspection.texts[0].found.as_ref().unwrap()[0].heading.name.as_deref()
}

fn read_ok(text: impl AsRef<[u8]>) -> (Inspection, Vec<ImportLine>) {
    read_all(text.as_ref(), LIMITS).unwrap()
}

fn refused(text: impl AsRef<[u8]>) -> ImportError {
    read_all(text.as_ref(), LIMITS).unwrap_err()
}

/// A line in few words: number, then id, `?` for a malformed one, or `!` for a rejected one.
fn brief(lines: &[ImportLine]) -> Vec<(u32, &str)> {
    let word = |line: &'_ ImportLine| match &line.entry {
        Entry::Video { .. } => None,
        Entry::InvalidId => Some("?"),
        Entry::Rejected(_) => Some("!"),
    };
    lines
        .iter()
        .map(|line| match &line.entry {
            Entry::Video { youtube_id, .. } => (line.line, youtube_id.as_str()),
            _ => (line.line, word(line).unwrap()),
        })
        .collect()
}

fn title(line: &ImportLine) -> Option<&str> {
    match &line.entry {
        Entry::Video { title, .. } => title.as_deref(),
        _ => None,
    }
}

fn added(line: &ImportLine) -> Option<String> {
    match &line.entry {
        Entry::Video { added_at, .. } => added_at.map(|at| at.to_string()),
        _ => None,
    }
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

const A: &str = "8pDPkXZAtUt";
const B: &str = "8g3rkZs5OuQ";
const C: &str = "r-HAMQXR9CW";

#[test]
fn refused_file_has_a_code_and_says_what_to_upload() {
    let tar = [&[b'x'; 257][..], b"ustar\x0000"].concat();
    let cases: [(&[u8], &str); 37] = [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n\r\n , ,\r\n", "empty_file"),
        (b"\xff\xfe", "empty_file"),
        (b"video_id,title\n", "empty_file"),
        (b"Video ID,Playlist Video Creation Timestamp\n\n\n", "empty_file"),
        (
            b"Playlist Id,Channel Id,Time Created,Time Updated,Title,Description,Visibility\nPL1,UC1,,,Cooking,,Private\n\nVideo Id,Time Added\n",
            "empty_file",
        ),
        (b"PK\x03\x04....", "broken_archive"),
        (b"%PDF-1.7\n", "binary_file"),
        (b"\x89PNG\r\n", "binary_file"),
        (b"8pDPkXZAtUt\0\0\0", "binary_file"),
        (b"\x01\x02\x03\x04", "binary_file"),
        (b"Channel Id,Channel Url,Channel Title\n", "subscriptions_file"),
        (
            b"Kanal-ID,Kanal-URL,Kanaltitel\nUCaaaaaaaaaaaaaaaaaaaaaa,http://www.youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa,A\n",
            "subscriptions_file",
        ),
        (b"Video ID,Song Title,Album Title,Artist Name 1\n8pDPkXZAtUt,S,A,N\n", "music_file"),
        (b"Song URL,Song Title,Album Title,Artist Names\nhttps://music.youtube.com/watch?v=8pDPkXZAtUt,S,A,N\n", "music_file"),
        (b"Playlist ID,Add new videos to top,Playlist Title (Original)\nPL1,False,Cooking\n", "nothing_recognised"),
        (b"introductio\nexclamation\nmississippi\n", "nothing_recognised"),
        (b"Connecticut\nMississippi\nOhio\n", "nothing_recognised"),
        (b"name,age\nAnn,7\n", "nothing_recognised"),
        (b"id,name\n1,One\n2,Two\n", "nothing_recognised"),
        (b"url,title\nhttps://example.com/,One\n", "nothing_recognised"),
        (b"{\"format\":\"Piped\"}", "nothing_recognised"),
        (b"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n", "empty_file"),
        (b"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p><DT><A HREF=\"https://example.com/\">x</A></DL>", "nothing_recognised"),
        (b"<!DOCTYPE html><html><title>A page</title>", "nothing_recognised"),
        (
            b"<html><head><title>My Activity History</title></head><body><div class=\"mdl-grid\"><div class=\"content-cell mdl-cell\">Watched",
            "history_file",
        ),
        (
            b"[{\n  \"header\": \"YouTube\",\n  \"title\": \"Watched x\",\n  \"titleUrl\": \"https://www.youtube.com/watch?v=8pDPkXZAtUt\"}]",
            "history_file",
        ),
        (b"{\"app_version\":\"1\",\"subscriptions\":[{\"service_id\":0}]}", "subscriptions_file"),
        (b"<?xml version=\"1.0\"?><opml version=\"1.1\"><body></body></opml>", "subscriptions_file"),
        (b"{\"name\":\"package\",\"version\":\"1\"}", "nothing_recognised"),
        (b"\x1f\x8b\x08\x00", "binary_file"),
        (b"7z\xbc\xaf\x27\x1c", "binary_file"),
        (b"Rar!\x1a\x07", "binary_file"),
        (&tar, "binary_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "binary_file"),
        (b"SQLite format 3\0", "broken_database"),
        (b"A letter.\n\nDear all, this is no list.\n", "nothing_recognised"),
    ];
    for (bytes, code) in cases {
        let refused = refused(bytes);
        assert_eq!(refused.code, code, "{:?}: {}", String::from_utf8_lossy(bytes), refused.detail);
        assert!(refused.detail.starts_with("Th") && refused.detail.contains("pload") && refused.detail.ends_with('.'), "{}", refused.detail);
    }
}

#[test]
fn file_over_a_limit_is_refused() {
    let text = format!("video_id\n{A}\n{B}\n\n{C}\n");
    assert_eq!(read_all(text.as_bytes(), ImportLimits { lines: 3, ..LIMITS }).unwrap().0.total, 3);
    assert_eq!(read_all(text.as_bytes(), ImportLimits { lines: 2, ..LIMITS }).unwrap_err().code, "too_many_lines");
    assert_eq!(read_all(text.as_bytes(), ImportLimits { bytes: text.len() as u64 - 1, ..LIMITS }).unwrap_err().code, "file_too_large");
}

#[test]
fn second_pass_stops_when_nobody_receives() {
    let upload = upload(format!("video_id\n{A}\n{B}\n").as_bytes(), "a.csv");
    let inspection = upload.inspect(LIMITS).unwrap();
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    upload.send_lines(&inspection, &inspection.plan_single_list(), LIMITS, &sender);
}

#[test]
fn reading_stops_when_the_client_has_left() {
    let upload = upload(format!("video_id\n{A}\n").as_bytes(), "a.csv");
    upload.stop_token().cancel();
    assert_eq!(upload.inspect(LIMITS).unwrap_err().code, "unreadable_file");
}

#[test]
fn single_video_is_parsed_from_link_or_id() {
    assert_eq!(parse_video_id(&format!(" https://youtu.be/{A} ")), Ok(A.into()));
    assert_eq!(parse_video_id(A), Ok(A.into()));
    assert!(parse_video_id("hello").unwrap_err().contains("eleven"));
    assert!(parse_video_id("https://example.com/x").unwrap_err().contains("example.com"));
}
