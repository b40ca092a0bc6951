//! Whole files: the samples, every tolerance, every refusal, and whatever bytes there are.

use std::io::Write;

use proptest::prelude::*;

use super::*;

const LIMITS: ImportLimits = ImportLimits { bytes: 32 << 20, lines: 200_000 };

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Both passes, as an upload goes through them.
fn read_all(bytes: &[u8], limits: ImportLimits) -> Result<(Inspection, Vec<ImportLine>), ImportError> {
    let file = file(bytes);
    let inspection = inspect(&file, limits)?;
    let (sender, mut receiver) = mpsc::channel(16);
    let lines = std::thread::scope(|scope| {
        scope.spawn(|| {
            send_lines(&file, &inspection, limits, &sender);
            drop(sender);
        });
        let mut lines = Vec::new();
        while let Some(line) = receiver.blocking_recv() {
            lines.push(line);
        }
        lines
    });
    Ok((inspection, lines.into_iter().collect::<Result<_, _>>()?))
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

// --- the samples ------------------------------------------------------------------------------------------------

#[test]
fn sample_takeout_now() {
    let (inspection, lines) = read_ok(include_bytes!("../../tests/samples/takeout-now.csv"));
    assert_eq!(inspection, Inspection { format: ImportFormat::Takeout, title: None, total: 40 });
    assert_eq!(brief(&lines)[0], (2, "kIkRGYCMgUf"));
    assert_eq!(brief(&lines)[39], (41, "iPCEi_J4_K2"));
    assert_eq!(added(&lines[0]).unwrap(), "2026-02-25T19:35:57.000000Z");
    assert!(lines.iter().all(|line| matches!(line.entry, Entry::Video { .. })));
}

#[test]
fn sample_takeout_old() {
    let (inspection, lines) = read_ok(include_bytes!("../../tests/samples/takeout-old.csv"));
    assert_eq!(inspection, Inspection { format: ImportFormat::TakeoutOld, title: Some("Cooking".into()), total: 25 });
    assert_eq!(brief(&lines)[0], (5, "g4aDghtGI1o"));
    assert_eq!(brief(&lines)[24], (29, "AjITZ8jLth6"));
    assert_eq!(added(&lines[0]).unwrap(), "2023-03-13T05:54:43.000000Z");
}

#[test]
fn sample_simple() {
    let (inspection, lines) = read_ok(include_bytes!("../../tests/samples/simple.csv"));
    assert_eq!(inspection, Inspection { format: ImportFormat::Csv, title: None, total: 10 });
    assert_eq!(brief(&lines)[9], (11, "-2CmOiUjJQM"));
    assert_eq!(title(&lines[9]), Some("Video 10"));
}

#[test]
fn sample_links() {
    let (inspection, lines) = read_ok(include_bytes!("../../tests/samples/links.txt"));
    assert_eq!(inspection, Inspection { format: ImportFormat::Links, title: None, total: 16 });
    let ids = [
        "XD_JXIJWK41",
        "bgHB67XLPV1",
        "nvT5MTJEmso",
        "J-TilMsHb3f",
        "EaIICEmG9ja",
        "KTSoCY6VraN",
        "DcCGy-L1NKm",
        "31GFVErDJJP",
        "TH7ahK63eDA",
        "xorIzMl1FSA",
        "Ab24yWLx5ak",
        "AZCf79Xd3YI",
        "s0_ivBu4i3w",
        "qeAdrDqiWjv",
        "n6yrn6rBxgW",
        "u9oLzjCz77a",
    ];
    assert_eq!(brief(&lines), (1..).zip(ids).collect::<Vec<_>>());
}

#[test]
fn sample_mixed_bad() {
    let (inspection, lines) = read_ok(include_bytes!("../../tests/samples/mixed-bad.csv"));
    assert_eq!(inspection, Inspection { format: ImportFormat::Csv, title: None, total: 7 });
    let expected = [(2, "gSlPKj6IORH"), (3, "?"), (4, "gSlPKj6IORH"), (5, "QANUbmEPbkz"), (7, "!"), (8, "!"), (9, "zXoJTZlGwiR")];
    assert_eq!(brief(&lines), expected);
    assert_eq!(title(&lines[3]), Some("Quoted; with a semicolon and a line break"));
    assert_eq!(title(&lines[6]), Some("=HYPERLINK(\"http://x\")"));
    assert_eq!(lines[1].input, "not-an-id");
    assert_eq!((lines[4].input.as_str(), &lines[4].entry), (";no id", &Entry::Rejected("This line has no video id.".into())));
    assert_eq!(lines[5].entry, Entry::Rejected("This is a link to example.com, not to YouTube.".into()));
}

#[test]
fn sample_large() {
    let (inspection, lines) = read_ok(include_bytes!("../../tests/samples/large-2000.csv"));
    assert_eq!(inspection, Inspection { format: ImportFormat::Takeout, title: None, total: 2000 });
    assert_eq!((brief(&lines)[0], brief(&lines)[1999]), ((2, "Ww_6ygXrD2L"), (2001, "EJdDpAaJFIq")));
}

#[test]
fn sample_subscriptions_is_refused() {
    let refused = refused(include_bytes!("../../tests/samples/subscriptions.csv"));
    assert_eq!(refused.code, "subscriptions_file");
    assert!(refused.detail.contains("“-videos.csv”"), "{}", refused.detail);
}

// --- tolerances -------------------------------------------------------------------------------------------------

#[test]
fn encodings_and_line_ends_do_not_matter() {
    let text = format!("video_id,title\n{A},Käse\n\n{B},“Two”\n");
    let (expected, expected_lines) = read_ok(&text);
    assert_eq!((brief(&expected_lines), title(&expected_lines[0])), (vec![(2, A), (4, B)], Some("Käse")));
    let crlf = text.replace('\n', "\r\n");
    let variants: Vec<Vec<u8>> = vec![
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        crlf.clone().into_bytes(),
        text.replace('\n', "\r").into_bytes(),
        utf16(&text, true),
        utf16(&text, false),
        utf16(&crlf, true),
        encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
        text.trim_end().as_bytes().to_vec(),
    ];
    for bytes in variants {
        assert_eq!(read_ok(&bytes), (expected.clone(), expected_lines.clone()), "{bytes:?}");
    }
}

#[test]
fn headers_in_any_case_and_place() {
    for header in ["VIDEO ID,TITLE", "video-id,Title", "Video Id,title", "\"Video ID\",\"Title\"", " video_id , title "] {
        let (inspection, lines) = read_ok(format!("\n{header}\n{A},One\n"));
        assert_eq!((inspection.format, brief(&lines), title(&lines[0])), (ImportFormat::Csv, vec![(3, A)], Some("One")), "{header}");
    }
    let (_, lines) = read_ok(format!("title;note;URL\nOne;x;https://youtu.be/{A}\nTwo;;\n;;{B}\n"));
    assert_eq!((brief(&lines), title(&lines[0])), (vec![(2, A), (3, "!"), (4, B)], Some("One")));
    let (_, lines) = read_ok(format!("sep=;\nvideo_id;title\n{A};One\n"));
    assert_eq!(brief(&lines), [(3, A)]);
    let (_, lines) = read_ok(format!("Title\tVideo ID\nOne\t{A}\n"));
    assert_eq!((brief(&lines), title(&lines[0])), (vec![(2, A)], Some("One")));
}

#[test]
fn translated_takeout_is_known_by_its_content() {
    for header in ["ID de vidéo,Horodatage de création", "Identifiant,Date", "動画 ID,再生リスト動画の作成タイムスタンプ", "Video-ID,Zeitstempel"]
    {
        let (inspection, lines) =
            read_ok(format!("{header}\n{A},2026-02-25T19:35:57+00:00\nbroken,2026-02-25T20:35:57+01:00\n{B},2026-02-25T19:35:57+00:00\n\n\n"));
        assert_eq!((inspection.format, brief(&lines)), (ImportFormat::Takeout, vec![(2, A), (3, "?"), (4, B)]), "{header}");
        assert_eq!(added(&lines[0]).unwrap(), "2026-02-25T19:35:57.000000Z");
    }
    let block = "ID-Wiedergabeliste,Kanal-ID,Erstellt,Aktualisiert,Titel,Beschreibung,Sichtbarkeit\nPL1,UC1,2021-05-01 10:00:00 UTC,2021-05-01 10:00:00 UTC,Kochen,,Privat\n\n";
    let (inspection, lines) = read_ok(format!("{block}Kennung,Hinzugefügt\n{A},2023-03-07 05:54:43 UTC\n{B},2023-03-07 05:54:43 UTC\n"));
    assert_eq!((inspection.format, inspection.title.as_deref()), (ImportFormat::TakeoutOld, Some("Kochen")));
    assert_eq!(brief(&lines), [(5, A), (6, B)]);
}

#[test]
fn without_a_header_ids_and_times_are_enough() {
    let (inspection, lines) = read_ok(format!("{A},2026-02-25T19:35:57+02:00\nbad,2026-02-25T19:35:57Z\n{B},2026-02-25T19:35:57Z\n"));
    assert_eq!((inspection.format, brief(&lines)), (ImportFormat::Takeout, vec![(1, A), (2, "?"), (3, B)]));
    assert_eq!(added(&lines[0]).unwrap(), "2026-02-25T17:35:57.000000Z");
    let (_, lines) = read_ok(format!("bad;2026-02-25T19:35:57Z\n{A};2026-02-25T19:35:57Z\n{B};2026-02-25T19:35:57Z\n"));
    assert_eq!(brief(&lines), [(1, "?"), (2, A), (3, B)]);
}

#[test]
fn old_takeout_padded_with_commas() {
    let head = "Playlist ID,Channel ID,Time Created,Time Updated,Title,Description,Visibility\n\
                PL1,UC1,2021-05-01 10:00:00 UTC,2021-05-01 10:00:00 UTC,\"Cooking, \"\"slow\"\"\",\"Two\n\nlines\",Private\n,,,,,,\n,,,,,,\n";
    let (inspection, lines) = read_ok(format!("{head}Video ID,Time Added,,,,,\n{A},2023-03-07 05:54:43 UTC,,,,,\n,,,,,,\nshort\n{B}\n,,,,,,\n"));
    assert_eq!((inspection.format, inspection.title.as_deref(), inspection.total), (ImportFormat::TakeoutOld, Some("Cooking, \"slow\""), 3));
    assert_eq!(brief(&lines), [(8, A), (10, "?"), (11, B)]);
    assert_eq!((added(&lines[0]).as_deref(), added(&lines[2])), (Some("2023-03-07T05:54:43.000000Z"), None));
}

#[test]
fn other_services() {
    let (_, lines) = read_ok(format!(
        "id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite\n917,One,,,https://www.youtube.com/watch?v={A},F,,2024-01-02T03:04:05.678Z,,,false\n918,Page,,,https://example.com/,F,,2024-01-02T03:04:05Z,,,false\n"
    ));
    assert_eq!(
        (brief(&lines), title(&lines[0]), added(&lines[0]).unwrap().as_str()),
        (vec![(2, A), (3, "!")], Some("One"), "2024-01-02T03:04:05.678000Z")
    );
    let (_, lines) = read_ok(format!("title,url,time_added,tags,status\nOne,https://youtu.be/{A},1678168483,,unread\n"));
    assert_eq!((brief(&lines), added(&lines[0]).unwrap().as_str()), (vec![(2, A)], "2023-03-07T05:54:43.000000Z"));
    let (_, lines) = read_ok(format!("URL,Title,Selection,Folder,Timestamp,Tags\nhttps://youtu.be/{A},One,,Unread,1678168483,[]\n"));
    assert_eq!((brief(&lines), title(&lines[0]), added(&lines[0]).unwrap().as_str()), (vec![(2, A)], Some("One"), "2023-03-07T05:54:43.000000Z"));
    let (_, lines) = read_ok(format!("Adresse;Bezeichnung\nhttps://youtu.be/{A};Eins\nhttps://youtu.be/{B};Zwei\n"));
    assert_eq!((brief(&lines), title(&lines[1])), (vec![(2, A), (3, B)], Some("Zwei")));
    let (_, lines) = read_ok(format!("id,name\n{A},One\n{B},Two\n"));
    assert_eq!(brief(&lines), [(2, A), (3, B)]);
}

#[test]
fn quotes_that_are_never_closed_cost_one_line() {
    let (_, lines) = read_ok(format!("video_id,title\n{A},\"Never closed\n{B},Two\n{C},\"A \"quoted\" word\"\n"));
    assert_eq!(brief(&lines), [(2, A), (3, B), (4, C)]);
    assert_eq!((title(&lines[0]), title(&lines[2])), (Some("Never closed"), Some("A \"quoted\" word")));
    let (_, lines) = read_ok(format!("video_id,title\n{A},\"Never closed\n{B},\"Two\"\n"));
    assert_eq!(brief(&lines), [(2, A), (3, B)]);
    let (_, lines) = read_ok(format!("video_id,title\n\"{A}\",\"Three\r\n\r\nlines\",x\n{B},\"\"\n"));
    assert_eq!((brief(&lines), title(&lines[0])), (vec![(2, A), (5, B)], Some("Three  lines")));
}

#[test]
fn several_files_joined_and_ids_beside_links() {
    let (_, lines) = read_ok(format!("video_id,title\n{A},One\nvideo_id,title\n{B},Two\n"));
    assert_eq!(brief(&lines), [(2, A), (4, B)]);
    let (_, lines) = read_ok(format!("video_id,url\n{A},\n,https://youtu.be/{B}\n\"https://youtu.be/{C}\",x\n,x\n"));
    assert_eq!(brief(&lines), [(2, A), (3, B), (4, C), (5, "!")]);
}

#[test]
fn lists_of_links() {
    let (_, lines) = read_ok(format!("{A}, {B},,https://youtu.be/{C}\n\n\n\n\nnonsense\n"));
    assert_eq!(brief(&lines), [(1, A), (2, B), (3, C), (6, "!")]);
    let (_, lines) = read_ok(format!("My list:\n* Hello, world https://youtu.be/{A}\n<https://youtu.be/{B}>,\n\"{C}\"\nhttps://example.com/x y\n"));
    assert_eq!(brief(&lines), [(1, "!"), (2, A), (3, B), (4, C), (5, "!")]);
    let (_, lines) = read_ok(format!("links\nhttps://youtu.be/{A},https://youtu.be/{B}\n"));
    assert_eq!(brief(&lines), [(1, "!"), (2, A), (3, B)]);
    let (_, lines) = read_ok(format!("url\nhttps://youtu.be/{A}\n"));
    assert_eq!(brief(&lines), [(2, A)]);
}

#[test]
fn one_line_of_any_length_loses_nothing() {
    let ids: Vec<String> = (0..20_000).map(|n| format!("id_{n:08}")).collect();
    let (inspection, lines) = read_ok(ids.iter().map(|id| format!("https://youtu.be/{id}")).collect::<Vec<_>>().join(","));
    assert_eq!(inspection.total, 20_000);
    assert_eq!(brief(&lines), (1..).zip(ids.iter().map(String::as_str)).collect::<Vec<_>>());
    let (_, lines) = read_ok(format!("{A}\n{},{B}\n{C}\n", "x".repeat(200_000)));
    assert_eq!(brief(&lines), [(1, A), (2, "!"), (3, B), (4, C)]);
    let (_, lines) = read_ok(format!("video_id,title\n{A},{}\n{B},Two\n", "x,".repeat(200_000)));
    assert_eq!(brief(&lines), [(2, A), (3, B)]);
}

#[test]
fn what_is_stored_is_short_and_has_no_control_characters() {
    let (_, lines) = read_ok(format!("video_id,title\n{A},a\u{7}b{}\n{}\u{1b}x,\n", "é".repeat(400), "y".repeat(900)));
    let kept = title(&lines[0]).unwrap();
    assert!(kept.starts_with("a bé") && kept.chars().count() == 300, "{kept}");
    assert_eq!((lines[1].input.chars().count(), &lines[1].entry), (500, &Entry::InvalidId));
}

// --- refusals ---------------------------------------------------------------------------------------------------

#[test]
fn refusals() {
    let cases: [(&[u8], &str); 24] = [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n\r\n , ,\r\n", "empty_file"),
        (b"\xff\xfe", "empty_file"),
        (b"video_id,title\n", "empty_file"),
        (b"Video ID,Playlist Video Creation Timestamp\n\n\n", "empty_file"),
        (
            b"Playlist Id,Channel Id,Time Created,Time Updated,Title,Description,Visibility\nPL1,UC1,,,Cooking,,Private\n\nVideo Id,Time Added\n",
            "empty_file",
        ),
        (b"PK\x03\x04....", "binary_file"),
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
        (b"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n", "nothing_recognised"),
        (b"A letter.\n\nDear all, this is no list.\n", "nothing_recognised"),
    ];
    for (bytes, code) in cases {
        let refused = refused(bytes);
        assert_eq!(refused.code, code, "{:?}: {}", String::from_utf8_lossy(bytes), refused.detail);
        assert!(refused.detail.starts_with("Th") && refused.detail.contains("pload") && refused.detail.ends_with('.'), "{}", refused.detail);
    }
}

#[test]
fn limits() {
    let text = format!("video_id\n{A}\n{B}\n\n{C}\n");
    assert_eq!(read_all(text.as_bytes(), ImportLimits { bytes: 1 << 20, lines: 3 }).unwrap().0.total, 3);
    assert_eq!(read_all(text.as_bytes(), ImportLimits { bytes: 1 << 20, lines: 2 }).unwrap_err().code, "too_many_lines");
    assert_eq!(read_all(text.as_bytes(), ImportLimits { bytes: text.len() as u64 - 1, lines: 3 }).unwrap_err().code, "file_too_large");
}

#[test]
fn nobody_receives_any_more() {
    let file = file(format!("video_id\n{A}\n{B}\n").as_bytes());
    let inspection = inspect(&file, LIMITS).unwrap();
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    send_lines(&file, &inspection, LIMITS, &sender);
}

#[test]
fn a_single_video() {
    assert_eq!(parse_video(&format!(" https://youtu.be/{A} ")), Ok(A.into()));
    assert_eq!(parse_video(A), Ok(A.into()));
    assert!(parse_video("hello").unwrap_err().contains("eleven"));
    assert!(parse_video("https://example.com/x").unwrap_err().contains("example.com"));
}

// --- whatever there is ------------------------------------------------------------------------------------------

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok((inspection, lines)) = read_all(bytes, LIMITS) {
        prop_assert_eq!(inspection.total as usize, lines.len());
        prop_assert!(lines.windows(2).all(|pair| pair[0].line < pair[1].line), "{:?}", lines);
        for line in &lines {
            prop_assert!(line.line >= 1 && line.input.chars().count() <= 500 && !line.input.contains(char::is_control) && !line.input.is_empty());
            if let Entry::Video { youtube_id, .. } = &line.entry {
                prop_assert!(link::is_id(youtube_id));
            }
        }
    }
    Ok(())
}

fn fragment() -> impl Strategy<Value = String> {
    const FIXED: &[&str] = &[
        "video_id",
        "url",
        "title",
        "Video ID,Playlist Video Creation Timestamp",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        ",",
        ";",
        "\t",
        "\"",
        "\"\"",
        " ",
        "\u{feff}",
        "é",
        "\0",
        "2026-02-25T19:35:57+00:00",
        "https://youtu.be/8pDPkXZAtUt",
        "https://example.com/",
        "8g3rkZs5OuQ",
        "Playlist Id,Channel Id,Title\n",
        "hello world",
    ];
    prop_oneof![6 => proptest::sample::select(FIXED).prop_map(str::to_owned), 1 => "[A-Za-z0-9_-]{11}", 1 => ".{0,12}"]
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        check(&bytes)?;
    }

    #[test]
    fn anything_like_a_list(head in proptest::sample::select(&["", "video_id,title\n", "url;x\n", "8pDPkXZAtUt\n", "\u{feff}Video ID,Time\n"][..]), parts in proptest::collection::vec(fragment(), 0..60), wide in proptest::sample::select(&[0u8, 1, 2][..])) {
        let text = head.to_owned() + &parts.concat();
        let bytes = match wide {
            0 => text.into_bytes(),
            little => utf16(&text, little == 1),
        };
        check(&bytes)?;
    }

    #[test]
    fn every_row_of_a_table_has_its_verdict(rows in proptest::collection::vec(("[A-Za-z0-9_-]{11}", "[ -~é“\r\n]{0,20}"), 1..40)) {
        let quote = |title: &str| format!("\"{}\"", title.replace('"', "\"\""));
        let text: String = rows.iter().map(|(id, title)| format!("{id},{}\n", quote(title))).collect();
        let (_, lines) = read_ok(format!("video_id,title\n{text}"));
        let ids: Vec<&str> = brief(&lines).into_iter().map(|(_, id)| id).collect();
        prop_assert_eq!(ids, rows.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>());
    }
}
