//! Files as people really have them.

use super::*;

#[test]
fn table_is_read_the_same_in_every_encoding_and_line_end() {
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
fn header_is_known_in_any_case_and_column() {
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
fn translated_takeout_is_detected_by_content() {
    for header in ["ID de vidéo,Horodatage de création", "Identifiant,Date", "動画 ID,再生リスト動画の作成タイムスタンプ", "Video-ID,Zeitstempel"]
    {
        let (inspection, lines) =
            read_ok(format!("{header}\n{A},2026-02-25T19:35:57+00:00\nbroken,2026-02-25T20:35:57+01:00\n{B},2026-02-25T19:35:57+00:00\n\n\n"));
        assert_eq!((inspection.format, brief(&lines)), (ImportFormat::Takeout, vec![(2, A), (3, "?"), (4, B)]), "{header}");
        assert_eq!(added(&lines[0]).unwrap(), "2026-02-25T19:35:57.000000Z");
    }
    let block = "ID-Wiedergabeliste,Kanal-ID,Erstellt,Aktualisiert,Titel,Beschreibung,Sichtbarkeit\nPL1,UC1,2021-05-01 10:00:00 UTC,2021-05-01 10:00:00 UTC,Kochen,,Privat\n\n";
    let (inspection, lines) = read_ok(format!("{block}Kennung,Hinzugefügt\n{A},2023-03-07 05:54:43 UTC\n{B},2023-03-07 05:54:43 UTC\n"));
    assert_eq!((inspection.format, heading(&inspection)), (ImportFormat::TakeoutOld, Some("Kochen")));
    assert_eq!(brief(&lines), [(5, A), (6, B)]);
}

#[test]
fn table_without_header_is_detected_by_ids_and_times() {
    let (inspection, lines) = read_ok(format!("{A},2026-02-25T19:35:57+02:00\nbad,2026-02-25T19:35:57Z\n{B},2026-02-25T19:35:57Z\n"));
    assert_eq!((inspection.format, brief(&lines)), (ImportFormat::Takeout, vec![(1, A), (2, "?"), (3, B)]));
    assert_eq!(added(&lines[0]).unwrap(), "2026-02-25T17:35:57.000000Z");
    let (_, lines) = read_ok(format!("bad;2026-02-25T19:35:57Z\n{A};2026-02-25T19:35:57Z\n{B};2026-02-25T19:35:57Z\n"));
    assert_eq!(brief(&lines), [(1, "?"), (2, A), (3, B)]);
}

#[test]
fn old_takeout_is_read_when_padded_with_commas() {
    let head = "Playlist ID,Channel ID,Time Created,Time Updated,Title,Description,Visibility\n\
                PL1,UC1,2021-05-01 10:00:00 UTC,2021-05-01 10:00:00 UTC,\"Cooking, \"\"slow\"\"\",\"Two\n\nlines\",Private\n,,,,,,\n,,,,,,\n";
    let (inspection, lines) = read_ok(format!("{head}Video ID,Time Added,,,,,\n{A},2023-03-07 05:54:43 UTC,,,,,\n,,,,,,\nshort\n{B}\n,,,,,,\n"));
    assert_eq!((inspection.format, heading(&inspection), inspection.total), (ImportFormat::TakeoutOld, Some("Cooking, \"slow\""), 3));
    assert_eq!(brief(&lines), [(8, A), (10, "?"), (11, B)]);
    assert_eq!((added(&lines[0]).as_deref(), added(&lines[2])), (Some("2023-03-07T05:54:43.000000Z"), None));
}

#[test]
fn tables_of_other_services_are_read() {
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
    let (_, lines) = read_ok(format!("https://youtu.be/{A},2023-03-07 05:54:43 UTC\nhttps://youtu.be/{B},2023-03-07 05:54:43 UTC\n"));
    assert_eq!((brief(&lines), title(&lines[0]), added(&lines[1]).unwrap().as_str()), (vec![(1, A), (2, B)], None, "2023-03-07T05:54:43.000000Z"));
    let (_, lines) = read_ok(format!("id,name\n{A},One\n{B},Two\n"));
    assert_eq!(brief(&lines), [(2, A), (3, B)]);
}

#[test]
fn unclosed_quote_costs_only_its_line() {
    let (_, lines) = read_ok(format!("video_id,title\n{A},\"Never closed\n{B},Two\n{C},\"A \"quoted\" word\"\n"));
    assert_eq!(brief(&lines), [(2, A), (3, B), (4, C)]);
    assert_eq!((title(&lines[0]), title(&lines[2])), (Some("Never closed"), Some("A \"quoted\" word")));
    let (_, lines) = read_ok(format!("video_id,title\n{A},\"Never closed\n{B},\"Two\"\n"));
    assert_eq!(brief(&lines), [(2, A), (3, B)]);
    let (_, lines) = read_ok(format!("video_id,title\n\"{A}\",\"Three\r\n\r\nlines\",x\n{B},\"\"\n"));
    assert_eq!((brief(&lines), title(&lines[0])), (vec![(2, A), (5, B)], Some("Three lines")));
}

#[test]
fn repeated_header_is_skipped_and_ids_stand_beside_links() {
    let (_, lines) = read_ok(format!("video_id,title\n{A},One\nvideo_id,title\n{B},Two\n"));
    assert_eq!(brief(&lines), [(2, A), (4, B)]);
    let (_, lines) = read_ok(format!("video_id,url\n{A},\n,https://youtu.be/{B}\n\"https://youtu.be/{C}\",x\n,x\n"));
    assert_eq!(brief(&lines), [(2, A), (3, B), (4, C), (5, "!")]);
}

#[test]
fn links_are_found_in_lists_and_sentences() {
    let (_, lines) = read_ok(format!("{A}, {B},,https://youtu.be/{C}\n\n\n\n\nnonsense\n"));
    assert_eq!(brief(&lines), [(1, A), (2, B), (3, C), (6, "!")]);
    let (_, lines) = read_ok(format!("My list:\n* Hello, world https://youtu.be/{A}\n<https://youtu.be/{B}>,\n\"{C}\"\nhttps://example.com/x y\n"));
    assert_eq!(brief(&lines), [(1, "!"), (2, A), (3, B), (4, C), (5, "!")]);
    let (_, lines) = read_ok(format!("<https://youtu.be/{A}>\n- [A title](https://youtu.be/{B}) and more\n[x](https://youtu.be/{C})\n"));
    assert_eq!(brief(&lines), [(1, A), (2, B), (3, C)]);
    let (_, lines) = read_ok(format!("links\nhttps://youtu.be/{A},https://youtu.be/{B}\n"));
    assert_eq!(brief(&lines), [(1, "!"), (2, A), (3, B)]);
    let (_, lines) = read_ok(format!("url\nhttps://youtu.be/{A}\n"));
    assert_eq!(brief(&lines), [(2, A)]);
}

#[test]
fn line_of_any_length_loses_nothing() {
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
fn stored_text_is_short_and_free_of_control_characters() {
    let (_, lines) = read_ok(format!("video_id,title\n{A},a\u{7}b{}\n{}\u{1b}x,\n", "é".repeat(400), "y".repeat(900)));
    let kept = title(&lines[0]).unwrap();
    assert!(kept.starts_with("a bé") && kept.chars().count() == 300, "{kept}");
    assert_eq!((lines[1].input.chars().count(), &lines[1].entry), (500, &Entry::InvalidId));
}

#[test]
fn link_is_found_without_a_space_before_it() {
    for before in ["看这个", "Video：", "】", "Link:", "**", "•", "→", "1"] {
        let (_, lines) = read_ok(format!("{before}https://youtu.be/{A}\nhttps://youtu.be/{B}\n"));
        assert_eq!(brief(&lines), [(1, A), (2, B)], "{before}");
    }
    let (_, lines) = read_ok(format!("https://youtu.be/{A}看\nhttps://example.com/?u=https://youtu.be/{C}\n"));
    assert_eq!(brief(&lines), [(1, A), (2, "!")]);
}

#[test]
fn every_id_of_a_line_is_read() {
    for between in [" ", "\t", " | ", "; ", " / "] {
        let (_, lines) = read_ok([A, B, C].join(between));
        assert_eq!(lines.len(), 3, "{between:?}");
    }
}

#[test]
fn half_a_link_in_the_encoding_of_mail_is_no_id() {
    let text = format!("https://youtu.be/{A}\nhttps://www.youtube.com/watch?v=3DJ2Rvr61bm=\n1c\n");
    assert_eq!(brief(&read_ok(text).1)[..2], [(1, A), (2, "!")]);
}

#[test]
fn column_with_videos_is_found_among_those_with_addresses() {
    let (_, lines) =
        read_ok(format!("url,youtube,title\nhttps://example.com/,https://youtu.be/{A},One\nhttps://example.com/,https://youtu.be/{B},Two\n"));
    assert_eq!((brief(&lines), title(&lines[0])), (vec![(2, A), (3, B)], Some("One")));
    let (_, lines) = read_ok(format!("video_id,Hinzugefügt am,Veröffentlicht am\n{A},2023-03-07 05:54:43,2001-01-01 00:00:00\n"));
    assert_eq!(added(&lines[0]).as_deref(), Some("2023-03-07T05:54:43.000000Z"));
}

#[test]
fn cookies_are_refused() {
    let refused = refused("# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t1700000000\tVISITOR_INFO1_LIVE\t8pDPkXZAtUt\n");
    assert!(refused.detail.contains("cookies"), "{}", refused.detail);
}

#[test]
fn all_links_of_a_very_long_line_are_read() {
    let ids: Vec<String> = (0..2000).map(|n| format!("v{n:010}")).collect();
    for separator in [" ", ", "] {
        let line = ids.iter().map(|id| format!("https://www.youtube.com/watch?v={id}")).collect::<Vec<_>>().join(separator);
        let (_, lines) = read_ok(&line);
        assert!(brief(&lines).iter().map(|(_, id)| *id).eq(ids.iter().map(String::as_str)), "{separator:?}: {}", lines.len());
    }
}
