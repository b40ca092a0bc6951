//! The sample files, exactly.

use super::*;

#[test]
fn current_takeout_sample_is_read() {
    let (inspection, lines) = read_ok(include_bytes!("../../../tests/samples/takeout-now.csv"));
    assert_eq!((inspection.format, heading(&inspection), inspection.total), (ImportFormat::Takeout, None, 40));
    assert_eq!(brief(&lines)[0], (2, "kIkRGYCMgUf"));
    assert_eq!(brief(&lines)[39], (41, "iPCEi_J4_K2"));
    assert_eq!(added(&lines[0]).unwrap(), "2026-02-25T19:35:57.000000Z");
    assert!(lines.iter().all(|line| matches!(line.entry, Entry::Video { .. })));
}

#[test]
fn old_takeout_sample_is_read_with_its_title() {
    let (inspection, lines) = read_ok(include_bytes!("../../../tests/samples/takeout-old.csv"));
    assert_eq!((inspection.format, heading(&inspection), inspection.total), (ImportFormat::TakeoutOld, Some("Cooking"), 25));
    assert_eq!(brief(&lines)[0], (5, "g4aDghtGI1o"));
    assert_eq!(brief(&lines)[24], (29, "AjITZ8jLth6"));
    assert_eq!(added(&lines[0]).unwrap(), "2023-03-13T05:54:43.000000Z");
}

#[test]
fn simple_csv_sample_is_read() {
    let (inspection, lines) = read_ok(include_bytes!("../../../tests/samples/simple.csv"));
    assert_eq!((inspection.format, heading(&inspection), inspection.total), (ImportFormat::Csv, None, 10));
    assert_eq!(brief(&lines)[9], (11, "-2CmOiUjJQM"));
    assert_eq!(title(&lines[9]), Some("Video 10"));
}

#[test]
fn links_sample_is_read() {
    let (inspection, lines) = read_ok(include_bytes!("../../../tests/samples/links.txt"));
    assert_eq!((inspection.format, heading(&inspection), inspection.total), (ImportFormat::Links, None, 16));
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
fn every_line_of_the_mixed_sample_has_its_verdict() {
    let (inspection, lines) = read_ok(include_bytes!("../../../tests/samples/mixed-bad.csv"));
    assert_eq!((inspection.format, heading(&inspection), inspection.total), (ImportFormat::Csv, None, 7));
    let expected = [(2, "gSlPKj6IORH"), (3, "?"), (4, "gSlPKj6IORH"), (5, "QANUbmEPbkz"), (7, "!"), (8, "!"), (9, "zXoJTZlGwiR")];
    assert_eq!(brief(&lines), expected);
    assert_eq!(title(&lines[3]), Some("Quoted; with a semicolon and a line break"));
    assert_eq!(title(&lines[6]), Some("=HYPERLINK(\"http://x\")"));
    assert_eq!(lines[1].input, "not-an-id");
    assert_eq!((lines[4].input.as_str(), &lines[4].entry), (";no id", &Entry::Rejected("This line has no video id.".into())));
    assert_eq!(lines[5].entry, Entry::Rejected("This is a link to example.com, not to YouTube.".into()));
}

#[test]
fn large_sample_is_read() {
    let (inspection, lines) = read_ok(include_bytes!("../../../tests/samples/large-2000.csv"));
    assert_eq!((inspection.format, heading(&inspection), inspection.total), (ImportFormat::Takeout, None, 2000));
    assert_eq!((brief(&lines)[0], brief(&lines)[1999]), ((2, "Ww_6ygXrD2L"), (2001, "EJdDpAaJFIq")));
}

#[test]
fn subscriptions_sample_is_refused() {
    let refused = refused(include_bytes!("../../../tests/samples/subscriptions.csv"));
    assert_eq!(refused.code, "subscriptions_file");
    assert!(refused.detail.contains("“-videos.csv”"), "{}", refused.detail);
}
