//! Rows of a database's dump, `INSERT INTO videos (id, title) VALUES ('…', '…'), (…);`, as text with tabs. Not sqlparser, which reads
//! whole statements into memory, and a dump may be one.

use std::io::{self, BufRead, Read};

use super::records::write_field;

/// Bytes of a value that are kept.
const MAX_VALUE_BYTES: usize = 4 * 1024;
/// Letters of a word by which a statement is told.
const MAX_WORD_LETTERS: usize = 8;

/// Whether a text begins like a dump.
pub(crate) fn is_dump(head: &str) -> bool {
    let upper = head.to_ascii_uppercase();
    (upper.contains("INSERT INTO") || upper.contains("REPLACE INTO")) && upper.contains("VALUES") && upper.contains('(')
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Plain,
    /// Behind a hyphen, or in a remark behind two.
    Hyphen,
    Remark,
    Quoted(u8),
    Escaped(u8),
}

/// A row per tuple.
pub(crate) struct DumpReader<R> {
    inner: R,
    state: State,
    depth: u32,
    /// The word that is being read, in capitals.
    word: String,
    /// Of a statement that inserts, whether its values have begun.
    values: Option<bool>,
    /// The names of columns are needed once.
    has_header: bool,
    is_first: bool,
    value: Vec<u8>,
    out: Vec<u8>,
    at: usize,
}

impl<R: BufRead> DumpReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        let (word, value, out) = (String::new(), Vec::new(), Vec::new());
        Self { inner, state: State::Plain, depth: 0, word, values: None, has_header: false, is_first: true, value, out, at: 0 }
    }

    fn byte(&mut self, byte: u8) {
        self.state = match self.state {
            State::Remark if byte != b'\n' => State::Remark,
            State::Escaped(quote) => {
                self.keep(if matches!(byte, b'n' | b'r' | b't') { b' ' } else { byte });
                State::Quoted(quote)
            }
            State::Quoted(quote) if byte == b'\\' => State::Escaped(quote),
            State::Quoted(quote) if byte == quote => State::Plain,
            State::Quoted(quote) => {
                self.keep(byte);
                State::Quoted(quote)
            }
            State::Hyphen if byte == b'-' && self.depth == 0 => State::Remark,
            _ => self.plain(byte),
        };
    }

    fn plain(&mut self, byte: u8) -> State {
        match byte {
            b'\'' | b'"' | b'`' => {
                // A doubled quote stands for itself.
                if !self.value.is_empty() && self.value.last() != Some(&b' ') && self.depth > 0 {
                    self.keep(byte);
                }
                return State::Quoted(byte);
            }
            b'(' => {
                self.depth += 1;
                if self.depth > 1 {
                    self.keep(byte);
                }
            }
            b')' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 { self.end_row() } else { self.keep(byte) }
            }
            b',' if self.depth == 1 => self.end_value(),
            b';' if self.depth == 0 => self.values = None,
            byte if self.depth > 0 => self.keep(byte),
            byte if byte.is_ascii_alphabetic() && self.word.len() < MAX_WORD_LETTERS => {
                self.word.push(char::from(byte.to_ascii_uppercase()));
                match self.word.as_str() {
                    "INSERT" | "REPLACE" if self.values.is_none() => self.values = Some(false),
                    "VALUES" if self.values.is_some() => self.values = Some(true),
                    _ => {}
                }
                return State::Plain;
            }
            b'-' => return State::Hyphen,
            _ => {}
        }
        self.word.clear();
        State::Plain
    }

    fn keep(&mut self, byte: u8) {
        if self.depth > 0 && self.value.len() < MAX_VALUE_BYTES {
            self.value.push(if matches!(byte, b'\n' | b'\r' | b'\t') { b' ' } else { byte });
        }
    }

    fn is_wanted(&self) -> bool {
        self.values == Some(true) || (self.values == Some(false) && !self.has_header)
    }

    fn end_value(&mut self) {
        let value = std::mem::take(&mut self.value);
        if self.is_wanted() {
            let value = value.trim_ascii();
            write_field(&mut self.out, &mut self.is_first, if value == b"NULL" { b"" } else { value });
        }
    }

    fn end_row(&mut self) {
        self.end_value();
        if self.is_wanted() {
            self.out.push(b'\n');
            self.has_header = true;
        }
        self.is_first = true;
    }
}

impl<R: BufRead> Read for DumpReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() {
            self.out.clear();
            self.at = 0;
            let bytes = self.inner.fill_buf()?.to_vec();
            if bytes.is_empty() {
                return Ok(0);
            }
            // A piece at a time: what it gives is held until it is read.
            let piece = &bytes[..bytes.len().min(MAX_VALUE_BYTES)];
            piece.iter().for_each(|byte| self.byte(*byte));
            let taken = piece.len();
            self.inner.consume(taken);
        }
        let count = out.len().min(self.out.len() - self.at);
        out[..count].copy_from_slice(&self.out[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_become_rows() {
        let dump = "-- it's a dump\nCREATE TABLE `v` (`n` int);\nINSERT INTO `v` (n, id, title) VALUES (1,'a','It\\'s, (live)'),\n(2,'b','x''y'),(3,NULL,'');\nINSERT INTO v (n, id) VALUES (4, 'c');";
        let mut rows = String::new();
        DumpReader::new(dump.as_bytes()).read_to_string(&mut rows).unwrap();
        assert_eq!(rows, "\"n\"\t\"id\"\t\"title\"\n\"1\"\t\"a\"\t\"It's, (live)\"\n\"2\"\t\"b\"\t\"x'y\"\n\"3\"\t\"\"\t\"\"\n\"4\"\t\"c\"\n");
    }
}
