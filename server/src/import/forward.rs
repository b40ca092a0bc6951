//! The second pass: every line on its way to its list, numbered so that no two of a list have the same number.

use std::io;

use app::wire::{ImportFormat, Rejection};
use tokio::sync::mpsc;

use super::{
    Entry, ImportError, ImportLimits, ImportLine, Inspection, MAX_INPUT_CHARS, Plan, Skipped, Upload, clean,
    inspect::{Section, Text},
    read::{Heading, Sink, Stop},
    refusal,
    text_file::TextFile,
};

/// Lines of no list that are answered.
const SKIPPED_SHOWN: usize = 100;

/// Sends every line; answers what belongs to no list, and how it ended.
pub(super) fn forward(
    upload: &Upload,
    inspection: &Inspection,
    plan: &Plan,
    limits: ImportLimits,
    lines: &mpsc::Sender<Result<ImportLine, ImportError>>,
) -> (Skipped, Result<(), Stop>) {
    let numbers = vec![Numbers::default(); plan.len()];
    let mut forwarder =
        Forwarder { plan, text: 0, sections: &[], begun: 0, numbers, skipped: Skipped::default(), sent: 0, most: inspection.total, lines };
    let ended = all(upload, inspection, limits, &mut forwarder);
    let ended = ended.and_then(|()| if forwarder.sent == inspection.total { Ok(()) } else { Err(changed()) });
    (forwarder.skipped, ended)
}

fn all<'a>(upload: &Upload, inspection: &'a Inspection, limits: ImportLimits, forwarder: &mut Forwarder<'a>) -> Result<(), Stop> {
    let Some(archive) = upload.archive(limits)? else {
        forwarder.enter(0, inspection.texts.first());
        return upload.text(|text| text.read(forwarder));
    };
    for (index, text) in inspection.texts.iter().enumerate() {
        forwarder.enter(index, Some(text));
        match &text.found {
            Ok(_) => archive.read(index, |bytes| TextFile::open(bytes)?.read(forwarder))?,
            Err(error) => forwarder.refused(&text.path, error)?,
        }
    }
    Ok(())
}

/// Only a file that changed between the passes is not as it was.
fn changed() -> Stop {
    Stop::Upload(refusal::unreadable(io::Error::other("the file changed while it was read")))
}

/// Where the numbering of a list's lines is.
#[derive(Clone, Copy, Default)]
struct Numbers {
    /// The text of the last line.
    text: usize,
    /// The last number before that text: those of a second text go on from there.
    base: u32,
    last: u32,
}

impl Numbers {
    fn next(&mut self, text: usize, line: u32) -> u32 {
        if self.text != text {
            (self.text, self.base) = (text, self.last);
        }
        self.last = self.base.saturating_add(line).max(self.last.saturating_add(1));
        self.last
    }
}

struct Forwarder<'a> {
    plan: &'a Plan,
    /// The text that is read.
    text: usize,
    sections: &'a [Section],
    /// Playlists of it that have begun.
    begun: u32,
    numbers: Vec<Numbers>,
    skipped: Skipped,
    sent: u32,
    most: u32,
    lines: &'a mpsc::Sender<Result<ImportLine, ImportError>>,
}

impl<'a> Forwarder<'a> {
    fn enter(&mut self, index: usize, text: Option<&'a Text>) {
        self.text = index;
        self.begun = 0;
        self.sections = text.and_then(|text| text.found.as_deref().ok()).unwrap_or_default();
    }

    /// A file of an archive that is no list: one line says so.
    fn refused(&mut self, path: &str, error: &ImportError) -> Result<(), Stop> {
        let (reason, input) = (format!("“{path}”: {}", refusal::what(error)), clean(path, MAX_INPUT_CHARS).unwrap_or_default());
        self.send(None, ImportLine { list: 0, line: 1, input, entry: Entry::Rejected(reason) })
    }

    fn send(&mut self, section: Option<u32>, line: ImportLine) -> Result<(), Stop> {
        if self.sent == self.most {
            return Err(changed());
        }
        self.sent += 1;
        let Some(list) = self.plan.list(self.text, section) else {
            self.skip(section, line);
            return Ok(());
        };
        let number = self.numbers[list as usize].next(self.text, line.line);
        self.lines.blocking_send(Ok(ImportLine { list, line: number, ..line })).map_err(|_| Stop::Gone)
    }

    fn skip(&mut self, section: Option<u32>, line: ImportLine) {
        self.skipped.count += 1;
        if self.skipped.rejected.len() < SKIPPED_SHOWN {
            let reason = if let Entry::Rejected(reason) = line.entry { reason } else { super::NEITHER.into() };
            let name = section.and_then(|section| self.sections.get(section as usize)).and_then(|section| section.heading.name.as_deref());
            let reason = name.map_or(reason.clone(), |name| format!("“{name}”: {reason}"));
            self.skipped.rejected.push(Rejection { line: line.line, reason });
        }
    }
}

impl Sink for Forwarder<'_> {
    fn format(&mut self, _: ImportFormat) {}

    fn playlist(&mut self) -> Result<u32, Stop> {
        if self.begun as usize == self.sections.len() {
            return Err(changed());
        }
        self.begun += 1;
        Ok(self.begun - 1)
    }

    fn heading(&mut self, _: u32, _: Heading) -> Result<(), Stop> {
        Ok(())
    }

    fn line(&mut self, line: ImportLine) -> Result<(), Stop> {
        self.send(Some(line.list), line)
    }
}
