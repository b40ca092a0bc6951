//! A list of links or ids: one a line, or several separated by commas.
//!
//! Entries of one line all have its number here; what is stored counts on from it.

use std::{io, io::BufRead};

use super::{
    link::{self, Reading},
    text::{Line, Lines},
};
use crate::import::{Entry, ImportLine, MAX_INPUT_CHARS, clean};

/// An iterator over the entries.
pub(crate) struct Links<R> {
    lines: Lines<R>,
    entries: Entries,
}

impl<R: BufRead> Links<R> {
    pub(crate) fn new(lines: Lines<R>) -> Self {
        Self { lines, entries: Entries::default() }
    }
}

impl<R: BufRead> Iterator for Links<R> {
    type Item = io::Result<ImportLine>;

    fn next(&mut self) -> Option<io::Result<ImportLine>> {
        loop {
            let line = self.entries.line;
            while let Some(entry) = self.entries.next() {
                let Some(input) = clean(entry, MAX_INPUT_CHARS) else { continue };
                return Some(Ok(ImportLine { list: 0, line, input, entry: read(entry) }));
            }
            match self.lines.next()? {
                Ok(line) => self.entries = Entries::of(line),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The entries of a line. Commas separate only where no entry has a space in it: `Hello, world https://youtu.be/…` is one.
#[derive(Default)]
struct Entries {
    line: u32,
    text: String,
    /// Where the next entry begins.
    at: Option<usize>,
    is_list: bool,
}

impl Entries {
    fn of(Line { number, text, mid_entry, .. }: Line) -> Self {
        // The rest of an entry of more than 64 KiB, which has its verdict.
        let at = if mid_entry { text.find(',').map(|comma| comma + 1) } else { Some(0) };
        let is_list = at.is_some_and(|at| text[at..].split(',').all(|piece| !unwrapped(piece).contains(char::is_whitespace)));
        Self { line: number, text, at, is_list }
    }

    fn next(&mut self) -> Option<&str> {
        let rest = &self.text[self.at?..];
        let (entry, end) = rest.split_once(',').filter(|_| self.is_list).map_or((rest, None), |(entry, _)| (entry, Some(entry.len() + 1)));
        self.at = end.and_then(|end| Some(self.at? + end));
        Some(unwrapped(entry))
    }
}

/// Without white space and the quotes and brackets that people put around.
fn unwrapped(text: &str) -> &str {
    link::trim(link::trim(text).trim_matches(['"', '\'', '<', '>', ',', ';']))
}

fn read(entry: &str) -> Entry {
    let video = |youtube_id| Entry::Video { youtube_id, title: None, added_at: None };
    match link::read(entry) {
        Reading::Id(id) | Reading::Link(id) => video(id),
        // A link among words, or as Markdown has it: the first one counts.
        reading => match entry.split(ends_word).map(|word| link::read(unwrapped(word))).find(|reading| matches!(reading, Reading::Link(_))) {
            Some(Reading::Link(id)) => video(id),
            _ => Entry::Rejected(if let Reading::NotAVideo(reason) = reading { reason } else { link::NEITHER.into() }),
        },
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | '"')
}
