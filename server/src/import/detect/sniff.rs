//! Refuses binary files by their first bytes, and tells JSON and markup from plain text.

use std::io::Read;

use crate::import::{
    ImportError,
    read::{link, text},
    refusal,
};

/// Bytes that are looked at.
pub(crate) const HEAD_BYTES: u64 = 8 * 1024;
/// A text has at most one control character per this many bytes.
const MIN_BYTES_PER_CONTROL: usize = 20;

/// Magic bytes of files that people upload by mistake.
const BINARY_SIGNATURES: [(&[u8], &str); 14] = [
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture or a recording"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"bplist00", "a property list of macOS"),
    (b"SQLite format 3", "a database"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document"),
];

/// Where a tar archive has its magic bytes.
const TAR_MARK: std::ops::Range<usize> = 257..262;

/// Whether this begins like a ZIP archive: one with entries, an empty one, or a part of a split one.
pub(crate) fn is_zip(head: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|magic| head.starts_with(*magic))
}

/// Passes everything that may be text.
pub(crate) fn refuse_binary(head: &[u8]) -> Result<(), ImportError> {
    let head = &head[..head.len().min(HEAD_BYTES as usize)];
    let is_utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    if is_zip(head) {
        return Err(refusal::nested_archive());
    }
    if let Some((_, what)) = BINARY_SIGNATURES.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(refusal::binary(what));
    }
    if head.get(TAR_MARK) == Some(b"ustar") {
        return Err(refusal::binary("a tar archive"));
    }
    let controls = head.iter().filter(|b| b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c)).count();
    if !is_utf16 && (head.contains(&0) || controls * MIN_BYTES_PER_CONTROL > head.len()) {
        return Err(refusal::binary("a binary file"));
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    /// Lines.
    Plain,
    /// JSON, or lines of it.
    Json,
    /// HTML, or something like it.
    Markup,
}

/// Looks at the first letters. `<https://…>` is a link in brackets, not a page.
pub(crate) fn structure(head: &[u8]) -> Structure {
    const TAGS: [&str; 10] = ["<!", "<?", "<html", "<head", "<body", "<a ", "<dl", "<div", "<p>", "<ul"];
    let mut text = Vec::new();
    // An error is met again by the reader, which reports it.
    let _ = text::to_utf8(head).and_then(|text_of| text_of.take(HEAD_BYTES).read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text);
    let mut letters = link::trim_invisible(&text).chars();
    let start: String = letters.by_ref().take(5).map(|c| c.to_ascii_lowercase()).collect();
    let mut dense = start.chars().chain(letters).filter(|c| !c.is_whitespace());
    match (dense.next(), dense.next()) {
        (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | '"' | '[' | ']')) => Structure::Json,
        _ if TAGS.iter().any(|tag| start.starts_with(tag)) => Structure::Markup,
        _ => Structure::Plain,
    }
}
