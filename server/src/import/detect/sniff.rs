//! Refuses binary files by their first bytes, and tells JSON and markup from plain text.

use std::io::Read;

use crate::{
    import::{
        ImportError,
        read::text::{self, WideEncoding},
        refusal,
    },
    text::trim_invisible,
};

/// Bytes that are looked at.
pub(crate) const HEAD_BYTES: u64 = 8 * 1024;
/// A text has at most one control character per this many bytes.
const MIN_BYTES_PER_CONTROL: usize = 20;

/// Bytes of each text between NULs: an id or more.
const MIN_NUL_TEXT_BYTES: usize = 8;

const UNPACK: &str = "Unpack it, and upload the files that are in it.";
const TAKEOUT_ZIP: &str = "Choose .zip when you order the archive from Google Takeout, or unpack it and upload the files of its folder “playlists”.";
const FIREFOX: &str = "In Firefox choose Bookmarks, Manage bookmarks, Backup…, which saves a .json file, and upload that.";

/// Magic bytes of files that people upload by mistake, what they are, and what to do instead; by default what every refusal says. Not the
/// crate infer: it does not know the backups of Firefox and Grayjay, and each kind needs its sentence here anyway.
const BINARY_SIGNATURES: [(&[u8], &str, Option<&str>); 16] = [
    (b"%PDF", "a PDF document", Some("Copy the links out of it into a text file, one on each line, and upload that.")),
    (b"\x1f\x8b", "a gzip archive (.tgz or .gz)", Some(TAKEOUT_ZIP)),
    (b"7z\xbc\xaf", "a 7-Zip archive", Some(UNPACK)),
    (b"Rar!", "a RAR archive", Some(UNPACK)),
    (b"\x89PNG", "a picture", None),
    (b"\xff\xd8\xff", "a picture", None),
    (b"GIF8", "a picture", None),
    (b"RIFF", "a picture or a recording", None),
    (b"BZh", "a bzip2 archive", Some(UNPACK)),
    (b"\xfd7zXZ", "an xz archive", Some(UNPACK)),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", Some(UNPACK)),
    (b"bplist00", "a property list of macOS", None),
    (b"mozLz4", "a compressed backup of Firefox", Some(FIREFOX)),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document", Some("Save a table as CSV or a text as a web page (.htm), and upload that file.")),
    (b"\x00\x00\x00\x18ftyp", "a video", None),
    (b"\x00\x00\x00 ftyp", "a video", None),
];

/// Of Grayjay's backups: an encrypted one, and before a plain ZIP archive.
const GRAYJAY_MAGIC: &[u8] = b"\x11\x22\x33\x44";
/// What follows before a plain one.
pub(crate) const GRAYJAY_PLAIN: &[u8] = b"\x11\x22\x33\x44GJ\x01\x00";
/// Where a tar archive has its magic bytes.
const TAR_MARK: std::ops::Range<usize> = 257..262;

/// Whether this begins like a binary property list of macOS.
pub(crate) fn is_property_list(head: &[u8]) -> bool {
    head.starts_with(b"bplist00")
}

/// Whether this begins like a database of SQLite.
pub(crate) fn is_database(head: &[u8]) -> bool {
    head.starts_with(b"SQLite format 3\0")
}

/// Whether this begins like a ZIP archive: one with entries, an empty one, or a part of a split one.
pub(crate) fn is_zip(head: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|magic| head.starts_with(*magic))
}

/// Passes everything that may be text.
pub(crate) fn refuse_binary(head: &[u8]) -> Result<(), ImportError> {
    let head = &head[..head.len().min(HEAD_BYTES as usize)];
    if is_zip(head) {
        return Err(refusal::nested_archive());
    }
    // A shortcut of macOS is a property list with an address in it.
    if is_database(head) || (is_property_list(head) && head.windows(5).any(|word| word == b"youtu")) {
        return Ok(());
    }
    if head.starts_with(b"{\\rtf") {
        return Err(refusal::binary("a document in rich text (.rtf)", Some("Save it as plain text, and upload that file.")));
    }
    if head.starts_with(b"# Netscape HTTP Cookie File") || head.starts_with(b"# HTTP Cookie File") {
        return Err(refusal::cookies());
    }
    if head.starts_with(GRAYJAY_MAGIC) {
        return Err(refusal::encrypted_backup("Grayjay"));
    }
    if let Some((_, what, advice)) = BINARY_SIGNATURES.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Err(refusal::binary(what, *advice));
    }
    if head.get(TAR_MARK) == Some(b"ustar") {
        return Err(refusal::binary("a tar archive", Some(TAKEOUT_ZIP)));
    }
    let controls = head.iter().filter(|b| b.is_ascii_control() && !matches!(b, 0 | b'\t' | b'\n' | b'\r' | 0x0c)).count();
    let is_narrow = WideEncoding::detect(head).is_none();
    if is_narrow && ((head.contains(&0) && !is_separated_by_nul(head)) || controls * MIN_BYTES_PER_CONTROL > head.len()) {
        return Err(refusal::binary("a binary file", None));
    }
    Ok(())
}

/// Texts with a NUL behind each, as `find -print0` writes them.
fn is_separated_by_nul(head: &[u8]) -> bool {
    let mut texts = head.strip_suffix(&[0]).unwrap_or(head).split(|b| *b == 0);
    texts.all(|text| text.len() >= MIN_NUL_TEXT_BYTES && !text.iter().any(|b| b.is_ascii_control()))
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
    const TAGS: [&str; 16] =
        ["<!", "<?", "<html", "<head", "<body", "<a ", "<dl", "<div", "<p>", "<ul", "<opml", "<xbel", "<plis", "<rss", "<feed", "<play"];
    let mut text = Vec::new();
    // An error is met again by the reader, which reports it.
    let _ = text::to_utf8(head).and_then(|text_of| text_of.take(HEAD_BYTES).read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text);
    let mut letters = trim_invisible(&text).chars();
    let start: String = letters.by_ref().take(5).map(|c| c.to_ascii_lowercase()).collect();
    let mut dense = start.chars().chain(letters).filter(|c| !c.is_whitespace());
    match (dense.next(), dense.next(), dense.next()) {
        // A shortcut of Windows may begin with `[{000214A0-…}]`.
        (Some('{'), Some('"' | '\'' | '}'), _)
        | (Some('['), Some('"' | '\'' | ']'), _)
        | (Some('['), Some('{' | '['), Some('"' | '\'' | '{' | '}' | '[' | ']') | None) => Structure::Json,
        _ if TAGS.iter().any(|tag| start.starts_with(tag)) => Structure::Markup,
        _ => Structure::Plain,
    }
}
