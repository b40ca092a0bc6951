//! Lines to records of a table, as spreadsheets and people write them.
//!
//! Written out because csv-core counts only LF as lines, takes a quote that is never closed for the rest of the file and drops a quote in the
//! middle of a field; and it would read bytes, while each line here has an encoding of its own.

use std::{collections::VecDeque, io, io::BufRead};

use super::text::{Line, Lines, MAX_SEGMENT_BYTES};

/// Bytes of a record over several lines; a quoted field that is still open after them was never meant to be one.
const MAX_OPEN_BYTES: usize = MAX_SEGMENT_BYTES;
/// Fields that a record is split into; what is behind them stays together in one more. No table has as many columns.
const MAX_FIELDS: usize = 1_000;
/// After so many quotes that were never closed, a field ends with its line. Bounds the work on a hostile file.
const MAX_UNCLOSED_QUOTES: u32 = 100;

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// The line where it begins, from 1.
    pub(crate) line: u32,
    /// Its fields, trimmed.
    pub(crate) fields: Vec<String>,
}

impl Record {
    /// A field; a row that is too short has empty ones.
    pub(crate) fn field(&self, column: usize) -> &str {
        self.fields.get(column).map_or("", String::as_str)
    }
}

/// An iterator over the records that have content: blank lines, and rows of nothing but delimiters, are passed over.
pub(crate) struct Records<R> {
    lines: Lines<R>,
    delimiter: char,
    /// Lines that were read ahead in vain.
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
            // What lies beyond 64 KiB of a line is not a row of its own.
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

/// Fields of a line whose quotes mean nothing.
fn split_literally(text: &str, delimiter: char) -> Vec<String> {
    text.splitn(MAX_FIELDS + 1, delimiter).map(|field| super::link::trim_invisible(field).trim_matches('"').trim().to_owned()).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// After a quote inside of quotes, and so many spaces.
    Closing(usize),
}

/// Splits one record, which may be given in pieces. Lenient: a quote that neither delimiter nor line end follows is a letter.
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
                State::Start if c == '"' && super::link::trim_invisible(&self.current).is_empty() => {
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
                    if self.state == State::Start && super::link::trim_invisible(&self.current).is_empty() { State::Start } else { State::Plain }
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

    /// The line ended inside of quotes.
    fn is_open(&self) -> bool {
        self.state == State::Quoted
    }

    /// A quote stood where none should. In a field over several lines that means that its first quote was a stray one, and that what
    /// follows are rows of their own: none of them may vanish in a title.
    fn has_stray_quote(&self) -> bool {
        self.stray_quote
    }

    fn end_field(&mut self) {
        let field = std::mem::take(&mut self.current);
        self.fields.push(super::link::trim_invisible(&field).to_owned());
    }

    fn finish(mut self) -> Vec<String> {
        self.end_field();
        self.fields
    }
}
