//! Arbitrary bytes.

use proptest::prelude::*;

use super::*;

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
    fn any_bytes_are_answered_by_the_rules(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        check(&bytes)?;
    }

    #[test]
    fn anything_like_a_list_is_answered_by_the_rules(head in proptest::sample::select(&["", "video_id,title\n", "url;x\n", "8pDPkXZAtUt\n", "\u{feff}Video ID,Time\n"][..]), parts in proptest::collection::vec(fragment(), 0..60), wide in proptest::sample::select(&[0u8, 1, 2][..])) {
        let text = head.to_owned() + &parts.concat();
        let bytes = match wide {
            0 => text.into_bytes(),
            little => utf16(&text, little == 1),
        };
        check(&bytes)?;
    }

    #[test]
    fn every_row_of_a_table_has_a_verdict(rows in proptest::collection::vec(("[A-Za-z0-9_-]{11}", "[ -~é“\r\n]{0,20}"), 1..40)) {
        let quote = |title: &str| format!("\"{}\"", title.replace('"', "\"\""));
        let text: String = rows.iter().map(|(id, title)| format!("{id},{}\n", quote(title))).collect();
        let (_, lines) = read_ok(format!("video_id,title\n{text}"));
        let ids: Vec<&str> = brief(&lines).into_iter().map(|(_, id)| id).collect();
        prop_assert_eq!(ids, rows.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>());
    }
}
