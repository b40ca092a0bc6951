//! Tokens of JSON. Not left to a JSON library, because the line of every token is needed, broken JSON must cost only its playlist and not
//! the rest of the file, and no string may take more memory than [`MAX_STRING_BYTES`].

use std::io::{self, BufRead, ErrorKind};

use super::bytes::Bytes;
use crate::import::read::text;

/// Bytes of a string that are kept: more than a long note.
pub(super) const MAX_STRING_BYTES: usize = 128 * 1024;
/// What no link to YouTube is without.
const LINK_MARK: &[u8] = b"youtu";
/// Bytes of a number that are kept.
const MAX_SCALAR_BYTES: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Colon,
    Comma,
    /// Unescaped.
    String(String),
    /// A number, `true`, `false` or `null`.
    Scalar(String),
}

#[derive(Debug)]
pub(crate) enum LexError {
    /// Not JSON.
    Syntax,
    /// The file ends inside a string.
    UnexpectedEnd,
    Io(io::Error),
}

impl From<io::Error> for LexError {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::UnexpectedEof && error.get_ref().is_none() { Self::UnexpectedEnd } else { Self::Io(error) }
    }
}

pub(crate) struct Lexer<R> {
    bytes: Bytes<R>,
    lost_links: bool,
}

impl<R: BufRead> Lexer<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { bytes: Bytes::new(reader), lost_links: false }
    }

    /// Whether there may have been links in what was not kept of the last string.
    pub(crate) fn take_lost_links(&mut self) -> bool {
        std::mem::take(&mut self.lost_links)
    }

    /// The line of the next token, or of an error.
    pub(crate) fn line(&self) -> u32 {
        self.bytes.line()
    }

    /// The next token and its line; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<(u32, Token)>, LexError> {
        // The three bytes are a byte-order mark.
        while self.bytes.peek()?.is_some_and(|b| b.is_ascii_whitespace() || matches!(b, 0xef | 0xbb | 0xbf)) {
            self.bytes.next()?;
        }
        let line = self.bytes.line();
        let Some(byte) = self.bytes.next()? else { return Ok(None) };
        let token = match byte {
            b'{' => Token::ObjectStart,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayStart,
            b']' => Token::ArrayEnd,
            b':' => Token::Colon,
            b',' => Token::Comma,
            // A dict of Python, and JSON5, have single quotes as well.
            b'"' | b'\'' => Token::String(self.string(byte)?),
            b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => Token::Scalar(self.scalar(byte)?),
            _ => return Err(LexError::Syntax),
        };
        Ok(Some((line, token)))
    }

    /// Skips to the next line that begins with `{`, as every line does in a file with an object per line.
    pub(crate) fn skip_to_next_object(&mut self) -> Result<(), LexError> {
        loop {
            let line = self.bytes.line();
            if self.bytes.next()?.is_none() || (self.bytes.line() > line && self.bytes.peek()? == Some(b'{')) {
                return Ok(());
            }
        }
    }

    fn string(&mut self, quote: u8) -> Result<String, LexError> {
        let (mut kept, mut cut, mut marked) = (Vec::new(), false, 0);
        loop {
            // A string has no line breaks: the closing quote is missing.
            if matches!(self.bytes.peek()?, Some(b'\n' | b'\r')) {
                return Err(LexError::Syntax);
            }
            let mut buffer = [0; 4];
            let piece: &[u8] = match self.bytes.require()? {
                byte if byte == quote => return Ok(if cut { text::decode_truncated(&kept) } else { text::decode(&kept) }),
                b'\\' => self.escaped()?.encode_utf8(&mut buffer).as_bytes(),
                byte => {
                    buffer[0] = byte;
                    &buffer[..1]
                }
            };
            cut |= kept.len() + piece.len() > MAX_STRING_BYTES;
            if !cut {
                kept.extend_from_slice(piece);
                continue;
            }
            marked = if piece == &LINK_MARK[marked..=marked] { marked + 1 } else { usize::from(piece == &LINK_MARK[..1]) };
            if marked == LINK_MARK.len() {
                (self.lost_links, marked) = (true, 0);
            }
        }
    }

    fn escaped(&mut self) -> Result<char, LexError> {
        Ok(match self.bytes.require()? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            byte if byte.is_ascii_graphic() => char::from(byte),
            _ => return Err(LexError::Syntax),
        })
    }

    /// The hex digits of `\u`; a surrogate pair takes a second escape.
    fn unicode(&mut self) -> Result<char, LexError> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) || self.bytes.peek()? != Some(b'\\') {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.bytes.next()?;
        if self.bytes.peek()? != Some(b'u') {
            return self.escaped();
        }
        self.bytes.next()?;
        let second = self.hex()?;
        let pair = 0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
        Ok(char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u32, LexError> {
        (0..4).try_fold(0, |number, _| {
            let digit = char::from(self.bytes.require()?).to_digit(16).ok_or(LexError::Syntax)?;
            Ok(number * 16 + digit)
        })
    }

    fn scalar(&mut self, first: u8) -> Result<String, LexError> {
        let mut kept = vec![first];
        while let Some(byte) = self.bytes.peek()?.filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-')) {
            self.bytes.next()?;
            if kept.len() < MAX_SCALAR_BYTES {
                kept.push(byte);
            }
        }
        Ok(text::decode(&kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> (Vec<(u32, Token)>, bool) {
        let mut lexer = Lexer::new(text.as_bytes());
        let mut tokens = Vec::new();
        loop {
            match lexer.next() {
                Ok(Some(token)) => tokens.push(token),
                Ok(None) => return (tokens, true),
                Err(_) => return (tokens, false),
            }
        }
    }

    #[test]
    fn tokens_have_their_lines() {
        let (seen, whole) = tokens("\u{feff}{\"a\\n\\u00e9\\ud83e\\udd80\":\r\n[1.5e3,null]}\n\"x\\\"\\/\"");
        let expected = [
            (1, Token::ObjectStart),
            (1, Token::String("a\né🦀".into())),
            (1, Token::Colon),
            (2, Token::ArrayStart),
            (2, Token::Scalar("1.5e3".into())),
            (2, Token::Comma),
            (2, Token::Scalar("null".into())),
            (2, Token::ArrayEnd),
            (2, Token::ObjectEnd),
            (3, Token::String("x\"/".into())),
        ];
        assert_eq!((seen, whole), (expected.to_vec(), true));
    }

    #[test]
    fn lexer_rejects_broken_strings_and_reads_odd_ones() {
        for broken in ["\"never closed", "\"a\nb\"", "\"\\u12", "\"\\uzzzz\"", "\u{1}", "'a"] {
            assert!(!tokens(broken).1, "{broken:?}");
        }
        for (odd, text) in [("\"\\ud800\"", "\u{fffd}"), ("\"\\ud800\\n\"", "\n"), ("\"\\ud83e\\u0041\"", "🡁"), ("\"\\q\"", "q"), ("'\\''", "'")] {
            let (seen, whole) = tokens(odd);
            assert!(whole && matches!(&seen[..], [(1, Token::String(_))]), "{odd} {seen:?} {text}");
        }
    }

    #[test]
    fn long_string_is_truncated_and_the_rest_is_read() {
        let (seen, whole) = tokens(&format!("\"x{}\" {}", "é".repeat(100_000), "1".repeat(100_000)));
        let lengths: Vec<usize> =
            seen.iter().map(|(_, token)| if let Token::String(text) | Token::Scalar(text) = token { text.len() } else { 0 }).collect();
        assert!(whole);
        assert_eq!(lengths, [MAX_STRING_BYTES - 1, MAX_SCALAR_BYTES]);
        assert!(matches!(&seen[0].1, Token::String(text) if text.ends_with('é')));
        for (end, lost) in [("https://yyoutu.be/x", true), ("https://you.example/tu", false)] {
            let text = format!("\"{}{end}\"", "x".repeat(MAX_STRING_BYTES));
            let mut lexer = Lexer::new(text.as_bytes());
            lexer.next().unwrap();
            assert_eq!((lexer.take_lost_links(), lexer.take_lost_links()), (lost, false), "{end}");
        }
    }
}
