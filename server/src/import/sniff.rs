//! What a file is by its first bytes, where that alone refuses it.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use super::{ImportError, refusal};

/// Bytes that are looked at.
const HEAD: u64 = 8 * 1024;
/// A text has at most one control character in so many.
const CONTROLS_ONE_IN: usize = 20;

/// The beginnings of files that people take for lists.
const KNOWN: [(&[u8], &str); 9] = [
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document"),
];

/// Lets text pass that may hold a list.
pub(super) fn check(mut file: &File) -> Result<(), ImportError> {
    let mut head = Vec::new();
    let read = |file: &mut &File, head: &mut Vec<u8>| -> io::Result<()> {
        file.seek(SeekFrom::Start(0))?;
        file.take(HEAD).read_to_end(head).map(drop)
    };
    read(&mut file, &mut head).map_err(refusal::unreadable)?;
    let is_utf16 = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
    if head.starts_with(b"PK\x03\x04") {
        return Err(refusal::archive());
    }
    if let Some((_, what)) = KNOWN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(refusal::binary(what));
    }
    let controls = head.iter().filter(|b| b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c)).count();
    if !is_utf16 && (head.contains(&0) || controls * CONTROLS_ONE_IN > head.len()) {
        return Err(refusal::binary("a binary file"));
    }
    let text: String = head.iter().filter(|b| b.is_ascii()).map(|b| char::from(*b)).filter(|c| *c != '\0').collect();
    other_text(text.trim_start()).map_or(Ok(()), |what| Err(refusal::other_text(what)))
}

/// Text of a structure that is not read.
fn other_text(text: &str) -> Option<&'static str> {
    let mut letters = text.chars().filter(|c| !c.is_whitespace());
    match (letters.next(), letters.next()) {
        (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | '"' | '[')) => Some("a JSON file"),
        (Some('<'), Some('!' | '?' | 'h' | 'H' | 'a' | 'A' | 'd' | 'D' | 'b' | 'B' | 'u' | 'U')) => Some("a web page or a file of bookmarks"),
        _ => None,
    }
}
