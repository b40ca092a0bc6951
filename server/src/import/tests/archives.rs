//! ZIP archives, Google Takeout's and hostile ones.

use super::{zip::zip, *};

const TAKEOUT: &str = "Video ID,Playlist Video Creation Timestamp\n";

/// Lists with their keys and lines, and the reasons of what is in none.
fn lists(bytes: &[u8]) -> (Vec<(Playlist, Vec<ImportLine>)>, Vec<String>) {
    let upload = upload(bytes, "takeout.zip");
    let inspection = upload.inspect(LIMITS).unwrap();
    let plan = inspection.plan_lists(LIMITS).unwrap();
    let (lines, skipped) = second_pass(&upload, &inspection, &plan, LIMITS).unwrap();
    assert_eq!(lines.len() as u32 + skipped.count, inspection.total);
    let mut lists: Vec<(Playlist, Vec<ImportLine>)> = plan.playlists().iter().map(|playlist| (playlist.clone(), Vec::new())).collect();
    for line in lines {
        lists[line.list as usize].1.push(line);
    }
    (lists, skipped.rejected.into_iter().map(|line| line.reason).collect())
}

fn refused_zip(bytes: &[u8]) -> &'static str {
    upload(bytes, "a.zip").inspect(LIMITS).unwrap_err().code
}

#[test]
fn archive_becomes_a_list_per_playlist() {
    let one = format!("{TAKEOUT}{A},2026-02-25T19:35:57+00:00\n\n");
    let two = format!("{TAKEOUT}{B},2026-02-25T19:35:57+00:00\nbad,2026-02-25T19:35:57+00:00\n");
    let old = format!(
        "Playlist Id,Channel Id,Time Created,Time Updated,Title,Description,Visibility\nPLold,UC1,,,Cooking,,Private\n\nVideo Id,Time Added\n{C},2023-03-07 05:54:43 UTC\n"
    );
    let empty = TAKEOUT.to_owned();
    let bytes = zip(&[
        ("Takeout/YouTube/playlists/Same-videos.csv", one.as_bytes()),
        ("Takeout/YouTube/playlists/Same-videos(1).csv", two.as_bytes()),
        ("Takeout/YouTube/playlists/old.csv", old.as_bytes()),
        ("Takeout/YouTube/playlists/Nothing-videos.csv", empty.as_bytes()),
        ("Takeout/YouTube/playlists/playlists.csv", b"Playlist ID,x,Playlist Title (Original),y\nPLa,False,Same,Private\nPLb,False,Same,Private\n"),
        ("Takeout/notes.txt", b"Dear all,\nthis is no list.\n"),
        ("inner.zip", &zip(&[("x-videos.csv", one.as_bytes())])),
        ("Takeout/picture.jpg", b"\xff\xd8\xff\xe0"),
    ]);
    let (lists, skipped) = lists(&bytes);
    let seen: Vec<_> = lists.iter().map(|(list, lines)| (list.name.as_str(), list.keys[0].as_str(), brief(lines))).collect();
    assert_eq!(
        seen,
        [("Same", "takeout:same#1", vec![(2, A)]), ("Same", "takeout:same#2", vec![(2, B), (3, "?")]), ("Cooking", "youtube:PLold", vec![(5, C)])]
    );
    assert_eq!(lists[2].0.keys[1], "takeout:cooking");
    let expected = [
        "Nothing-videos.csv”: This file has no videos in it.",
        "playlists.csv”: This is the table of contents of your playlists; their names were taken from it.",
        "notes.txt”: There is no YouTube video in any of its 2 lines.",
        "inner.zip”: This is a ZIP archive inside another one. Unpack the outer one.",
        "picture.jpg”: This is a picture, not a text file.",
    ];
    assert_eq!(skipped.len(), expected.len());
    for (reason, end) in skipped.iter().zip(expected) {
        assert!(reason.ends_with(end), "{reason}");
    }
}

#[test]
fn archive_into_one_list_has_increasing_line_numbers() {
    let lines = |ids: &[&str]| format!("video_id\n{}\n", ids.join("\n"));
    let (inspection, read) = read_ok(zip(&[("a.csv", lines(&[A, B]).as_bytes()), ("b.png", b"\x89PNG"), ("c.csv", lines(&[C]).as_bytes())]));
    assert_eq!((inspection.format, inspection.total), (ImportFormat::TakeoutZip, 4));
    assert_eq!(brief(&read), [(2, A), (3, B), (4, "!"), (6, C)]);
    assert_eq!((read[2].input.as_str(), &read[2].entry), ("b.png", &Entry::Rejected("“b.png”: This is a picture, not a text file.".into())));
}

#[test]
fn archive_without_playlists_is_refused() {
    assert_eq!(refused_zip(&zip(&[])), "empty_file");
    let workbook = zip(&[("[Content_Types].xml", b"<?xml?>"), ("xl/workbook.xml", b"<?xml?>")]);
    let refused = upload(&workbook, "a.xlsx").inspect(LIMITS).unwrap_err();
    assert_eq!(
        (refused.code, refused.detail.as_str()),
        ("binary_file", "This is an Excel workbook, not a list of videos. Save it as CSV, and upload that file.")
    );
    let refused = upload(&zip(&[("a/x.txt", b"words only"), ("b.jpg", b"\xff\xd8\xff")]), "a.zip").inspect(LIMITS).unwrap_err();
    assert_eq!(refused.code, "nothing_recognised");
    assert!(refused.detail.contains("“a/x.txt”: There is no YouTube video in its one line. “b.jpg”: This is a picture"), "{}", refused.detail);
    let locked = tampered(zip(&[("a.csv", b"video_id\n8pDPkXZAtUt\n")]), 8, &[1, 0]);
    assert_eq!(refused_zip(&locked), "encrypted_archive");
    assert_eq!(refused_zip(&zip(&[("a.csv", b"Channel Id,Channel Url,Channel Title\n")])), "subscriptions_file");
    let whole = zip(&[("a.csv", format!("video_id\n{A}\n").as_bytes())]);
    assert_eq!(refused_zip(&whole[..whole.len() - 9]), "broken_archive");
}

#[test]
fn archive_over_a_limit_is_refused() {
    let list = format!("video_id\n{A}\n");
    let names: Vec<String> = (0..4).map(|n| format!("{n}.csv")).collect();
    let four = zip(&names.iter().map(|name| (name.as_str(), list.as_bytes())).collect::<Vec<_>>());
    let refused = |limits| upload(&four, "a.zip").inspect(limits).err().map(|error| error.code);
    assert_eq!(refused(ImportLimits { entries: 4, lines: 4, unpacked: 4 * list.len() as u64, ..LIMITS }), None);
    assert_eq!(refused(ImportLimits { entries: 3, ..LIMITS }), Some("too_many_entries"));
    assert_eq!(refused(ImportLimits { lines: 3, ..LIMITS }), Some("too_many_lines"));
    assert_eq!(refused(ImportLimits { unpacked: 4 * list.len() as u64 - 1, ..LIMITS }), Some("archive_too_large"));
}

#[test]
fn zip_bomb_is_stopped_at_the_limit() {
    let mut bomb = format!("video_id\n{A}\n").into_bytes();
    bomb.resize(8 << 20, b'\n');
    let bytes = zip(&[("bomb.csv", &bomb)]);
    assert!(bytes.len() < 16_384);
    let limits = ImportLimits { unpacked: 1 << 20, ..LIMITS };
    assert_eq!(upload(&bytes, "a.zip").inspect(limits).unwrap_err().code, "archive_too_large");
    assert_eq!(upload(&bytes, "a.zip").inspect(LIMITS).unwrap().total, 1);
}

/// Sets bytes in the central directory's record of the first file; `PK\1\2` begins it.
fn tampered(mut bytes: Vec<u8>, offset: usize, value: &[u8]) -> Vec<u8> {
    let record = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    bytes[record + offset..record + offset + value.len()].copy_from_slice(value);
    bytes
}

#[test]
fn unreadable_entry_is_named_while_the_rest_is_read() {
    let list = |id| format!("video_id\n{id}\n{}", "\n".repeat(100));
    let bytes = || zip(&[("bad.csv", list(A).as_bytes()), ("good.csv", list(B).as_bytes())]);
    for (offset, value, reason) in [
        (8, &[1, 0][..], "locked with a password"),
        (10, &[9, 0][..], "compressed by a method"),
        (16, &[1, 2, 3, 4][..], "damaged"),
        (24, &[3, 0, 0, 0][..], "damaged"),
        (24, &[0xff, 0xff, 0, 0][..], "damaged"),
        (42, &[9, 0, 0, 0][..], "damaged"),
    ] {
        let (lists, skipped) = lists(&tampered(bytes(), offset, value));
        assert_eq!(lists.iter().map(|(list, lines)| (list.name.as_str(), brief(lines))).collect::<Vec<_>>(), [("good", vec![(2, B)])], "{reason}");
        assert!(skipped[0].starts_with("“bad.csv”: ") && skipped[0].contains(reason), "{skipped:?}");
    }
}

#[test]
fn file_name_in_an_archive_is_only_a_name() {
    let list = format!("video_id\n{A}\n");
    let (lists, _) = lists(&zip(&[("../../../etc/Ev\u{200f}il\u{202e}-videos.csv", list.as_bytes()), ("C:\\x\\-videos.csv", list.as_bytes())]));
    let names: Vec<_> = lists.iter().map(|(list, _)| list.name.as_str()).collect();
    assert_eq!(names, ["Evil", "Imported videos"]);
}
