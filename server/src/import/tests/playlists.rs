//! Files that hold several playlists: FreeTube's, Piped's, a browser's bookmarks, and our own export.

use super::*;

/// Name, best key and lines.
type List = (String, String, Vec<ImportLine>);
/// The same in few words.
type Summary<'a> = (&'a str, &'a str, Vec<(u32, &'a str)>);

/// Each list, and what is in none.
fn lists(bytes: &[u8], name: &str) -> (ImportFormat, Vec<List>, Vec<String>) {
    let upload = upload(bytes, name);
    let inspection = upload.inspect(LIMITS).unwrap();
    let plan = inspection.plan_lists(LIMITS).unwrap();
    let (lines, skipped) = second_pass(&upload, &inspection, &plan, LIMITS).unwrap();
    assert_eq!(lines.len() as u32 + skipped.count, inspection.total);
    let mut lists: Vec<List> = plan.playlists().iter().map(|list| (list.name.clone(), list.keys[0].clone(), Vec::new())).collect();
    for line in lines {
        lists[line.list as usize].2.push(line);
    }
    (inspection.format, lists, skipped.rejected.into_iter().map(|line| format!("{} {}", line.line, line.reason)).collect())
}

fn summary(lists: &[List]) -> Vec<Summary<'_>> {
    lists.iter().map(|(name, key, lines)| (name.as_str(), key.as_str(), brief(lines))).collect()
}

#[test]
fn freetube_sample_becomes_a_list_per_playlist() {
    let bytes = include_bytes!("../../../tests/samples/freetube.db");
    let (format, lists, skipped) = lists(bytes, "freetube-playlists.db");
    assert_eq!(format, ImportFormat::Freetube);
    let bikes = "freetube:#ft-playlist--2f0f1c6e-5a55-4c3c-8e2e-6a5b0a3f7c11";
    assert_eq!(summary(&lists), [("Favorites", "freetube:#favorites", vec![(1, "wxmYUyLS47w"), (2, A)]), ("Bikes", bikes, vec![(3, "?"), (4, B)])]);
    assert_eq!((title(&lists[0].2[0]), title(&lists[0].2[1])), (Some("Sourdough – the first week"), Some("He said \"hello\"")));
    assert_eq!(added(&lists[0].2[0]).unwrap(), "2024-02-26T16:15:57.000000Z");
    assert_eq!(skipped, ["2 “Watch Later”: This playlist has no videos."]);
    let (_, into_one) = read_ok(bytes);
    assert_eq!(brief(&into_one), [(1, "wxmYUyLS47w"), (2, A), (3, "!"), (4, "?"), (5, B)]);
}

#[test]
fn piped_sample_becomes_a_list_per_playlist() {
    let (format, lists, skipped) = lists(include_bytes!("../../../tests/samples/piped.json"), "piped.json");
    assert_eq!(format, ImportFormat::Piped);
    let expected = [("Music", "piped:music", vec![(10, "wxmYUyLS47w"), (11, A), (12, "!")]), ("Talks", "piped:talks", vec![(20, B)])];
    assert_eq!((summary(&lists), skipped.len()), (expected.to_vec(), 0));
    let dense =
        r#"{"format":"Piped","version":1,"playlists":[{"name":"M","videos":["https://youtu.be/8pDPkXZAtUt",null,"x"]},{"videos":["8g3rkZs5OuQ"]}]}"#;
    let (_, lists, _) = self::lists(dense.as_bytes(), "my playlists.json");
    assert_eq!(summary(&lists), [("M", "piped:m", vec![(1, A), (2, "!"), (3, "!")]), ("my playlists", "piped:myplaylists", vec![(1, B)])]);
}

#[test]
fn bookmarks_sample_becomes_a_list_per_folder() {
    let bytes = include_bytes!("../../../tests/samples/bookmarks.html");
    let (format, lists, skipped) = lists(bytes, "bookmarks_26.02.24.html");
    assert_eq!(format, ImportFormat::BookmarksHtml);
    let expected = [
        ("Music & more", "bookmarks:#Bookmarks bar/Music & more", vec![(14, "wxmYUyLS47w"), (16, A), (20, "!")]),
        ("Other bookmarks", "bookmarks:#Other bookmarks", vec![(26, B)]),
        ("bookmarks_26.02.24", "bookmarks:#", vec![(28, C)]),
    ];
    assert_eq!(summary(&lists), expected);
    assert_eq!(title(&lists[0].2[0]), Some("Sourdough – the first week"));
    assert_eq!(added(&lists[0].2[0]).unwrap(), "2024-02-26T16:15:57.000000Z");
    let expected =
        ["11 “Bookmarks bar”: This is a link to example.com, not to YouTube.", "22 “Bookmarks bar”: This bookmark is not a link to a web page."];
    assert_eq!(skipped, expected);
}

#[test]
fn folders_with_long_paths_keep_separate_lists() {
    let folder = |name: &str, content: &str| format!("<DT><H3>{name}</H3><DL><p>{content}</DL>");
    let link = |id| format!("<DT><A HREF=\"https://youtu.be/{id}\">x</A>");
    let inner = folder("One", &link(A)) + &folder("Two", &link(B));
    let (_, lists, _) = lists(format!("<!DOCTYPE NETSCAPE-Bookmark-file-1>{}", folder(&"é".repeat(300), &inner)).as_bytes(), "a.html");
    assert_eq!(lists.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["One", "Two"]);
    assert!(lists.iter().all(|(_, key, _)| key.chars().count() < 300), "{lists:?}");
}

#[test]
fn raindrop_pocket_and_instapaper_samples_are_read() {
    let raindrop = read_ok(include_bytes!("../../../tests/samples/raindrop.csv")).1;
    assert_eq!((brief(&raindrop), title(&raindrop[0])), (vec![(2, "wxmYUyLS47w"), (4, "!")], Some("Sourdough, the first week")));
    assert_eq!(added(&raindrop[0]).unwrap(), "2024-02-26T16:15:57.123000Z");
    let pocket = read_ok(include_bytes!("../../../tests/samples/pocket.csv")).1;
    assert_eq!((brief(&pocket), added(&pocket[1]).unwrap().as_str()), (vec![(2, "wxmYUyLS47w"), (3, A)], "2024-02-26T16:15:58.000000Z"));
    let instapaper = read_ok(include_bytes!("../../../tests/samples/instapaper.csv")).1;
    assert_eq!((brief(&instapaper), title(&instapaper[1])), (vec![(2, "wxmYUyLS47w"), (3, B)], Some("Wheels")));
}

#[test]
fn broken_json_costs_only_its_playlist() {
    let line = |id, name| format!("{{\"playlistName\":\"{name}\",\"videos\":[{{\"videoId\":\"{id}\"}}],\"_id\":\"{name}\"}}\n");
    let broken = "{\"playlistName\":\"Bad\",\"videos\":[{\"videoId\":\"r-HAMQXR9CW\"},{\"videoId\":\"never closed\n";
    let (_, lists, skipped) = lists(format!("{}{broken}{}", line(A, "One"), line(B, "Two")).as_bytes(), "a.db");
    let names: Vec<_> = summary(&lists).into_iter().map(|(name, _, lines)| (name, lines)).collect();
    assert_eq!(names, [("One", vec![(1, A)]), ("Bad", vec![(2, C)]), ("Two", vec![(3, B)])]);
    assert!(skipped[0].starts_with("2 From here on this is not valid JSON"), "{skipped:?}");
    let cut = line(A, "One") + &line(B, "Two")[..60];
    let (_, lists, skipped) = self::lists(cut.as_bytes(), "a.db");
    assert_eq!((lists.len(), skipped.len()), (2, 1));
    assert!(skipped[0].contains("The file ends here in the middle of a playlist."), "{skipped:?}");
    let database = format!("{{\"$$indexCreated\":{{\"fieldName\":\"_id\"}}}}\n{}", line(A, "One"));
    let (_, lists, skipped) = self::lists(database.as_bytes(), "playlists.db");
    assert_eq!((lists.len(), skipped.len()), (1, 0), "a mark of the program's log is no line");
    let deep = format!("{}{}", "{\"videos\":[".repeat(200), line(A, "One"));
    assert!(upload(deep.as_bytes(), "a.db").inspect(LIMITS).is_err());
}

#[test]
fn own_json_export_is_imported() {
    let export = r#"{"list":{"id":"0192","name":"Evenings"},"videos":[{"youtube_id":"8pDPkXZAtUt","title":"One","added_at":"2024-02-26T16:15:57.000000Z","position":1,"cause":null}]}"#;
    let (_, lists, skipped) = lists(export.as_bytes(), "Evenings.json");
    assert_eq!((lists[0].0.as_str(), brief(&lists[0].2), title(&lists[0].2[0]), skipped.len()), ("Evenings", vec![(1, A)], Some("One"), 0));
    assert_eq!(added(&lists[0].2[0]).unwrap(), "2024-02-26T16:15:57.000000Z");
}

#[test]
fn playlists_are_read_the_same_in_every_encoding() {
    let text = std::str::from_utf8(include_bytes!("../../../tests/samples/bookmarks.html")).unwrap();
    let expected = read_ok(text);
    for bytes in [
        utf16(text, true),
        utf16(text, false),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        text.replace('\n', "\r\n").into_bytes(),
        text.replace('\n', "\r").into_bytes(),
    ] {
        assert_eq!(read_ok(&bytes), expected);
    }
    let sparse = format!("<!DOCTYPE html>\n<p>{}\n<DL><DT><A HREF=\"https://youtu.be/{A}\">x</A></DL>", "words ".repeat(2_000));
    assert_eq!(read_ok(utf16(&sparse, true)), read_ok(&sparse), "what stands further down decides as well");
    let json = std::str::from_utf8(include_bytes!("../../../tests/samples/piped.json")).unwrap();
    assert_eq!(read_ok(utf16(json, false)), read_ok(json));
    // The bytes of this letter in UTF-16 are those of `{"`.
    assert_eq!(brief(&read_ok(utf16(&format!("\u{7b22}\nhttps://youtu.be/{A}\n"), false)).1), [(2, A)]);
}
