//! Lists of links or ids: one per line, or several separated by commas.
//!
//! All entries of a line have its number here; `forward` makes the numbers of a list distinct.

use std::{io, io::BufRead};

use super::{
    link::{self, ParsedVideo},
    text::{Line, Lines},
};
use crate::import::{Entry, ImportLine, MAX_INPUT_CHARS, single_line};

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
                let Some(input) = single_line(entry, MAX_INPUT_CHARS) else { continue };
                return Some(Ok(ImportLine { list: 0, line, input, entry: parse_entry(entry) }));
            }
            match self.lines.next()? {
                Ok(line) => self.entries = Entries::of(line),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The entries of a line. Commas separate only when no entry has a space in it: `Hello, world https://youtu.be/…` is one entry.
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
        // The rest of an entry of more than 64 KiB, which already has its verdict, is skipped.
        let at = if mid_entry { text.find(',').map(|comma| comma + 1) } else { Some(0) };
        let is_list = at.is_some_and(|at| text[at..].split(',').all(|piece| !strip_wrapping(piece).contains(char::is_whitespace)));
        Self { line: number, text, at, is_list }
    }

    fn next(&mut self) -> Option<&str> {
        let rest = &self.text[self.at?..];
        let (entry, end) = rest.split_once(',').filter(|_| self.is_list).map_or((rest, None), |(entry, _)| (entry, Some(entry.len() + 1)));
        self.at = end.and_then(|end| Some(self.at? + end));
        Some(strip_wrapping(entry))
    }
}

/// Removes white space, quotes and brackets around an entry.
fn strip_wrapping(text: &str) -> &str {
    link::trim_invisible(link::trim_invisible(text).trim_matches(['"', '\'', '<', '>', ',', ';']))
}

fn parse_entry(entry: &str) -> Entry {
    let video = |youtube_id| Entry::Video { youtube_id, title: None, added_at: None };
    match link::parse(entry) {
        ParsedVideo::Id(id) | ParsedVideo::Link(id) => video(id),
        // The first link among words, or in Markdown.
        reading => {
            match entry.split(is_word_boundary).map(|word| link::parse(strip_wrapping(word))).find(|reading| matches!(reading, ParsedVideo::Link(_)))
            {
                Some(ParsedVideo::Link(id)) => video(id),
                _ => Entry::Rejected(if let ParsedVideo::OtherLink(reason) = reading { reason } else { link::NOT_A_LINK_OR_ID.into() }),
            }
        }
    }
}

fn is_word_boundary(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '<' | '>' | '"')
}
