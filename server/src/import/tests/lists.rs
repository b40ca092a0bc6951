//! Lists without columns, and what is too long.

use super::*;

#[test]
fn lists_of_links() {
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
