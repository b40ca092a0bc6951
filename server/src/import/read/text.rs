//! Decodes bytes into lines of text. Memory is bounded by [`MAX_SEGMENT_BYTES`], whatever the file holds.
//!
//! UTF-16 and UTF-32 are told by [`WideEncoding`]. Everything else is UTF-8, and a line that is not valid UTF-8 is windows-1252, which
//! spreadsheets in Western Europe save and which has a character for every byte. This is decided line by line: ids and
//! links are ASCII in both, so a wrong guess costs at worst a letter in a title, and no file is refused for its encoding.

mod wide;

use std::{
    borrow::Cow,
    io::{self, BufRead, BufReader, Read as _},
};

use encoding_rs::WINDOWS_1252;

pub(crate) use self::wide::WideEncoding;
use self::wide::WideReader;

/// Bytes of a line that are held at once; a longer line comes in segments.
pub(crate) const MAX_SEGMENT_BYTES: usize = 64 * 1024;
pub(crate) const CHUNK_BYTES: usize = 16 * 1024;

/// A line, or a segment of a very long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: u32,
    /// Without the line end.
    pub(crate) text: String,
    /// Whether this is not the first segment of its line.
    pub(crate) continued: bool,
    /// Whether the segment before ended inside an entry.
    pub(crate) mid_entry: bool,
}

pub(crate) fn lines<'a>(reader: impl BufRead + 'a) -> io::Result<Lines<Box<dyn BufRead + 'a>>> {
    Ok(Lines { reader: to_utf8(reader)?, number: 0, state: State::LineStart, after_return: false, carry: Vec::new() })
}

/// Decodes UTF-16 and UTF-32. Everything else is passed through; [`decode`] takes care of what is not UTF-8 in it.
pub(crate) fn to_utf8<'a>(mut reader: impl BufRead + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    let encoding = WideEncoding::detect(reader.fill_buf()?);
    Ok(match encoding {
        Some(encoding) => Box::new(BufReader::with_capacity(CHUNK_BYTES, WideReader::new(reader, encoding))),
        None => Box::new(reader),
    })
}

/// The beginning of a text, as [`to_utf8`] gives it.
pub(crate) fn utf8_head(head: &[u8]) -> Cow<'_, [u8]> {
    if WideEncoding::detect(head).is_none() {
        return Cow::Borrowed(head);
    }
    let mut decoded = Vec::new();
    // An error is met again by the reader, which reports it.
    let _ = to_utf8(head).and_then(|mut text| text.read_to_end(&mut decoded));
    Cow::Owned(decoded)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    LineStart,
    /// The last segment ended between entries.
    BetweenEntries,
    /// The last segment ended anywhere else.
    MidEntry,
}

/// An iterator over lines that are not blank, and end in LF, CRLF, CR alone, as old spreadsheets on the Mac write them, or NUL, as `find -print0`
/// does.
pub(crate) struct Lines<R> {
    reader: R,
    number: u32,
    state: State,
    after_return: bool,
    /// The bytes after the place at which the last segment was cut.
    carry: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The bytes of the next segment, and whether its line ends with it; `None` at the end of the file.
    fn segment(&mut self) -> io::Result<Option<(Vec<u8>, bool)>> {
        let mut segment = std::mem::take(&mut self.carry);
        let mut any = self.state != State::LineStart;
        loop {
            let mut bytes = self.reader.fill_buf()?;
            if self.after_return && bytes.first() == Some(&b'\n') {
                self.after_return = false;
                self.reader.consume(1);
                continue;
            }
            if bytes.is_empty() {
                return Ok((any || !segment.is_empty()).then_some((segment, true)));
            }
            any = true;
            self.after_return = false;
            bytes = &bytes[..bytes.len().min(MAX_SEGMENT_BYTES - segment.len())];
            if let Some(end) = bytes.iter().position(|b| matches!(b, b'\n' | b'\r' | 0)) {
                segment.extend_from_slice(&bytes[..end]);
                self.after_return = bytes[end] == b'\r';
                self.reader.consume(end + 1);
                return Ok(Some((segment, true)));
            }
            segment.extend_from_slice(bytes);
            let taken = bytes.len();
            self.reader.consume(taken);
            if segment.len() == MAX_SEGMENT_BYTES {
                // Cuts at a comma or a blank where there is one, so that no entry is split.
                if let Some(end) = segment.iter().rposition(|b| is_segment_end(char::from(*b))) {
                    self.carry = segment.split_off(end + 1);
                }
                return Ok(Some((segment, false)));
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<io::Result<Line>> {
        let (mut bytes, mut ended) = match self.segment() {
            Ok(segment) => segment?,
            Err(error) => return Some(Err(error)),
        };
        while self.state == State::LineStart && ended && bytes.is_empty() {
            self.number = self.number.saturating_add(1);
            (bytes, ended) = match self.segment() {
                Ok(segment) => segment?,
                Err(error) => return Some(Err(error)),
            };
        }
        let before = self.state;
        if before == State::LineStart {
            self.number = self.number.saturating_add(1);
        }
        self.state = match bytes.last() {
            _ if ended => State::LineStart,
            Some(last) if is_segment_end(char::from(*last)) => State::BetweenEntries,
            _ => State::MidEntry,
        };
        Some(Ok(Line { number: self.number, text: decode(&bytes), continued: before != State::LineStart, mid_entry: before == State::MidEntry }))
    }
}

/// Whether a very long line may be cut behind this.
pub(crate) fn is_segment_end(c: char) -> bool {
    matches!(c, ',' | ';' | ' ' | '\t')
}

/// Decodes text that may have been truncated inside a character, which is dropped.
pub(crate) fn decode_truncated(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => decode(&bytes[..error.valid_up_to()]),
        _ => decode(bytes),
    }
}

/// Decodes UTF-8, or else windows-1252.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // A segment may end inside a character; only that is replaced.
        Err(error) if error.error_len().is_none() && bytes.len() == MAX_SEGMENT_BYTES => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    };
    // PostgreSQL cannot store NUL.
    let text = if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text };
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}
