//! Splits lines into the records of a table, as spreadsheets and people write them.
//!
//! Not csv-core, which counts only LF as line ends, lets an unclosed quote take the rest of the file, drops a quote in the middle of a field,
//! and reads bytes, while each line here may have another encoding.

use std::{collections::VecDeque, io, io::BufRead};

use super::text::{Line, Lines, MAX_SEGMENT_BYTES};
use crate::text::trim_invisible;

/// Bytes of a record over several lines; a quote that is still open after them was never meant to be one.
const MAX_OPEN_BYTES: usize = MAX_SEGMENT_BYTES;
/// Fields of a record; the rest of the line stays together in one more. No real table has as many columns.
const MAX_FIELDS: usize = 1_000;
/// After so many unclosed quotes a field always ends with its line. Bounds the work on a hostile file.
const MAX_UNCLOSED_QUOTES: u32 = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Number of the line where it begins, from 1.
    pub(crate) line: u32,
    /// Trimmed.
    pub(crate) fields: Vec<String>,
}

impl Record {
    /// Empty where the row is too short.
    pub(crate) fn field(&self, column: usize) -> &str {
        self.fields.get(column).map_or("", String::as_str)
    }
}

/// An iterator over records. Blank lines and rows of nothing but delimiters are skipped.
pub(crate) struct Records<R> {
    lines: Lines<R>,
    delimiter: char,
    /// Lines that were read for a quote that is never closed, to be read again.
    lookahead: VecDeque<Line>,
    unclosed: u32,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(lines: Lines<R>, delimiter: char) -> Self {
        Self { lines, delimiter, lookahead: VecDeque::new(), unclosed: 0 }
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        match self.lookahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next().transpose(),
        }
    }

    fn record(&mut self) -> io::Result<Option<Record>> {
        let Some(first) = self.line()? else { return Ok(None) };
        if first.continued {
            // The part of a line beyond 64 KiB is not a row of its own.
            return Ok(Some(Record { line: first.number, fields: Vec::new() }));
        }
        let mut splitter = Splitter::new(self.delimiter);
        splitter.push(&first.text);
        let mut read = Vec::new();
        let mut bytes = first.text.len();
        while splitter.is_open() {
            let next = if self.unclosed < MAX_UNCLOSED_QUOTES && bytes < MAX_OPEN_BYTES { self.line()? } else { None };
            if let Some(line) = next {
                bytes += line.text.len() + 1;
                splitter.push("\n");
                splitter.push(&line.text);
                read.push(line);
                if !splitter.has_stray_quote() {
                    continue;
                }
            }
            self.unclosed += 1;
            read.into_iter().rev().for_each(|line| self.lookahead.push_front(line));
            return Ok(Some(Record { line: first.number, fields: split_literally(&first.text, self.delimiter) }));
        }
        Ok(Some(Record { line: first.number, fields: splitter.finish() }))
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<io::Result<Record>> {
        loop {
            match self.record().transpose()? {
                Ok(record) if record.fields.iter().all(String::is_empty) => {}
                other => return Some(other),
            }
        }
    }
}

/// Writes a field of a table with tabs.
pub(crate) fn write_field(out: &mut Vec<u8>, is_first: &mut bool, field: &[u8]) {
    if !std::mem::take(is_first) {
        out.push(b'\t');
    }
    out.push(b'"');
    for &byte in field {
        out.extend_from_slice(if byte == b'"' { b"\"\"" } else { std::slice::from_ref(&byte) });
    }
    out.push(b'"');
}

/// Splits a line whose quotes mean nothing.
fn split_literally(text: &str, delimiter: char) -> Vec<String> {
    text.splitn(MAX_FIELDS + 1, delimiter).map(|field| trim_invisible(field).trim_matches('"').trim().to_owned()).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes and so many spaces.
    Closing(usize),
}

/// Splits one record, line by line. A quote that is followed by neither a delimiter nor the line end is taken literally.
struct Splitter {
    delimiter: char,
    state: State,
    fields: Vec<String>,
    current: String,
    stray_quote: bool,
}

impl Splitter {
    fn new(delimiter: char) -> Self {
        Self { delimiter, state: State::Start, fields: Vec::new(), current: String::new(), stray_quote: false }
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if self.fields.len() == MAX_FIELDS {
                self.current.push(c);
                continue;
            }
            self.state = match self.state {
                State::Start if c == '"' && trim_invisible(&self.current).is_empty() => {
                    self.current.clear();
                    State::Quoted
                }
                State::Start | State::Plain | State::Closing(_) if c == self.delimiter => {
                    self.end_field();
                    State::Start
                }
                State::Start if c == ' ' => State::Start,
                State::Start | State::Plain => {
                    self.current.push(c);
                    if self.state == State::Start && trim_invisible(&self.current).is_empty() { State::Start } else { State::Plain }
                }
                State::Quoted if c == '"' => State::Closing(0),
                State::Quoted => {
                    self.current.push(c);
                    State::Quoted
                }
                State::Closing(0) if c == '"' => {
                    self.current.push('"');
                    State::Quoted
                }
                State::Closing(spaces) if c == ' ' => State::Closing(spaces + 1),
                State::Closing(spaces) => {
                    self.stray_quote = true;
                    self.current.push('"');
                    self.current.extend(std::iter::repeat_n(' ', spaces));
                    if c == '"' {
                        State::Closing(0)
                    } else {
                        self.current.push(c);
                        State::Quoted
                    }
                }
            };
        }
    }

    /// Whether the line ended inside quotes.
    fn is_open(&self) -> bool {
        self.state == State::Quoted
    }

    /// Whether there was a quote where none should be. In a field over several lines this means that the opening quote was a stray one
    /// and the lines after it are rows of their own, which must not vanish in a title.
    fn has_stray_quote(&self) -> bool {
        self.stray_quote
    }

    fn end_field(&mut self) {
        let field = std::mem::take(&mut self.current);
        self.fields.push(trim_invisible(&field).to_owned());
    }

    fn finish(mut self) -> Vec<String> {
        self.end_field();
        self.fields
    }
}
