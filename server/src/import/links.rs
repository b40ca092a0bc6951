//! A list of links or ids: one a line, or several separated by commas.
//!
//! Entries of one line all have its number here; what is stored counts on from it.

use std::{collections::VecDeque, io, io::BufRead};

use super::{
    Entry, ImportLine, MAX_INPUT_CHARS, clean,
    link::{self, Reading},
    text::Lines,
};

/// An iterator over the entries.
pub(super) struct Links<R> {
    lines: Lines<R>,
    waiting: VecDeque<ImportLine>,
}

impl<R: BufRead> Links<R> {
    pub(super) fn new(lines: Lines<R>) -> Self {
        Self { lines, waiting: VecDeque::new() }
    }
}

impl<R: BufRead> Iterator for Links<R> {
    type Item = io::Result<ImportLine>;

    fn next(&mut self) -> Option<io::Result<ImportLine>> {
        while self.waiting.is_empty() {
            let line = match self.lines.next()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            // The rest of an entry of more than 64 KiB, which has its verdict.
            let text = if line.mid_entry { line.text.split_once(',').map_or("", |(_, rest)| rest) } else { &line.text };
            for entry in entries(text) {
                let Some(input) = clean(entry, MAX_INPUT_CHARS) else { continue };
                self.waiting.push_back(ImportLine { list: 0, line: line.number, input, entry: read(entry) });
            }
        }
        self.waiting.pop_front().map(Ok)
    }
}

/// The entries of a line. Commas separate only where no entry has a space in it: `Hello, world https://youtu.be/…` is one.
fn entries(text: &str) -> Vec<&str> {
    let pieces: Vec<&str> = text.split(',').map(unwrapped).filter(|piece| !piece.is_empty()).collect();
    let is_list = pieces.iter().all(|piece| !piece.contains(char::is_whitespace));
    if is_list { pieces } else { vec![unwrapped(text)] }
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
