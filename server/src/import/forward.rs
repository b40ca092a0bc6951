//! The second pass: sends every line to its list, numbered so that no two lines of a list have the same number.

use std::io;

use app::wire::{ImportFormat, Rejection};
use tokio::sync::mpsc;

use super::{
    Entry, ImportError, ImportLimits, ImportLine, Inspection, MAX_INPUT_CHARS, Plan, Skipped, Upload,
    entries::Entries,
    inspect::{Section, Text},
    read::{Heading, ReadError, Sink},
    refusal,
    text_file::TextFile,
    titles::CachedTitles,
};
use crate::text::single_line;

/// Lines without a list that are reported.
const MAX_SKIPPED_SHOWN: usize = 100;

/// Sends every line. Returns those that belong to no list, and how it ended.
pub(super) fn send_lines(
    upload: &Upload,
    inspection: &Inspection,
    plan: &Plan,
    limits: ImportLimits,
    lines: &mpsc::Sender<Result<ImportLine, ImportError>>,
) -> (Skipped, Result<(), ReadError>) {
    let numbers = vec![LineNumbers::default(); plan.list_count()];
    let mut sender = LineSender {
        plan,
        text: 0,
        sections: &[],
        title: None,
        cached_titles: CachedTitles::default(),
        playlists_begun: 0,
        numbers,
        skipped: Skipped::default(),
        sent: 0,
        expected: inspection.total,
        lines,
    };
    let ended = send_all(upload, inspection, limits, &mut sender);
    let ended = ended.and_then(|()| if sender.sent == inspection.total { Ok(()) } else { Err(file_changed()) });
    (sender.skipped, ended)
}

fn send_all<'a>(upload: &Upload, inspection: &'a Inspection, limits: ImportLimits, sender: &mut LineSender<'a>) -> Result<(), ReadError> {
    let entries = Entries::open(upload, limits)?;
    sender.cached_titles = CachedTitles::read(&entries, inspection)?;
    for (index, text) in inspection.texts.iter().enumerate() {
        sender.begin_text(index, text);
        match &text.found {
            Ok(_) => entries.read(index, |bytes| TextFile::open(bytes)?.read(sender))?,
            Err(error) => sender.send_refused_file(text, error)?,
        }
    }
    Ok(())
}

/// The second pass found something else than the first.
fn file_changed() -> ReadError {
    ReadError::UploadRefused(refusal::unreadable(io::Error::other("the file changed while it was read")))
}

/// The numbering of a list's lines, which go on from one text to the next.
#[derive(Clone, Copy, Default)]
struct LineNumbers {
    /// Index of the text that the last line came from.
    text: usize,
    /// The last number of the texts before.
    base: u32,
    last: u32,
}

impl LineNumbers {
    fn next(&mut self, text: usize, line: u32) -> u32 {
        if self.text != text {
            (self.text, self.base) = (text, self.last);
        }
        self.last = self.base.saturating_add(line).max(self.last.saturating_add(1));
        self.last
    }
}

struct LineSender<'a> {
    plan: &'a Plan,
    /// Index of the text that is being read.
    text: usize,
    sections: &'a [Section],
    /// Video title from the file name, for shortcuts.
    title: Option<&'a str>,
    cached_titles: CachedTitles,
    /// How many of its playlists have begun.
    playlists_begun: u32,
    numbers: Vec<LineNumbers>,
    skipped: Skipped,
    sent: u32,
    expected: u32,
    lines: &'a mpsc::Sender<Result<ImportLine, ImportError>>,
}

impl<'a> LineSender<'a> {
    fn begin_text(&mut self, index: usize, text: &'a Text) {
        self.text = index;
        self.playlists_begun = 0;
        self.title = text.title.as_deref().filter(|_| text.group.as_ref().is_some_and(|group| group.is_shortcuts));
        self.sections = text.found.as_deref().unwrap_or_default();
    }

    /// A file of several, or of an archive, that is no list becomes one rejected line.
    fn send_refused_file(&mut self, text: &Text, error: &ImportError) -> Result<(), ReadError> {
        let reason = format!("{}: {}", text.label, refusal::description(error));
        let input = single_line(&text.path, MAX_INPUT_CHARS).unwrap_or_default();
        self.send(None, ImportLine { list: 0, line: 1, input, entry: Entry::Rejected(reason) })
    }

    fn send(&mut self, section: Option<u32>, line: ImportLine) -> Result<(), ReadError> {
        if section.and_then(|section| self.sections.get(section as usize)).is_some_and(|section| section.is_superseded) {
            return Ok(());
        }
        if self.sent == self.expected {
            return Err(file_changed());
        }
        self.sent += 1;
        let Some(list) = self.plan.list_for(self.text, section) else {
            self.skip(section, line);
            return Ok(());
        };
        let number = self.numbers[list as usize].next(self.text, line.line);
        self.lines.blocking_send(Ok(ImportLine { list, line: number, ..line })).map_err(|_| ReadError::ReceiverGone)
    }

    fn skip(&mut self, section: Option<u32>, line: ImportLine) {
        self.skipped.count += 1;
        if self.skipped.rejected.len() < MAX_SKIPPED_SHOWN {
            let reason = if let Entry::Rejected(reason) = line.entry { reason } else { super::NOT_A_LINK_OR_ID.into() };
            let name = section.and_then(|section| self.sections.get(section as usize)).and_then(|section| section.heading.name.as_deref());
            let reason = name.map_or(reason.clone(), |name| format!("“{name}”: {reason}"));
            self.skipped.rejected.push(Rejection { line: line.line, reason, is_file: section.is_none() });
        }
    }
}

impl Sink for LineSender<'_> {
    fn set_format(&mut self, _: ImportFormat) {}

    fn begin_playlist(&mut self) -> Result<u32, ReadError> {
        if self.playlists_begun as usize == self.sections.len() {
            return Err(file_changed());
        }
        self.playlists_begun += 1;
        Ok(self.playlists_begun - 1)
    }

    fn set_heading(&mut self, _: u32, _: Heading) -> Result<(), ReadError> {
        Ok(())
    }

    fn push_line(&mut self, mut line: ImportLine) -> Result<(), ReadError> {
        if let Entry::Video { title: title @ None, youtube_id, .. } = &mut line.entry {
            *title = self.title.or_else(|| self.cached_titles.get(youtube_id)).map(str::to_owned);
        }
        self.send(Some(line.list), line)
    }

    /// Known since the first pass.
    fn supersede(&mut self, _: u32) -> Result<(), ReadError> {
        Ok(())
    }
}
