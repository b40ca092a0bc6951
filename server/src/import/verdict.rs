//! Decides what becomes of a line: one rule for the preview, which only counts, and for the store, which writes.

use app::wire::{Rejection, Verdict};

use super::Entry;

/// Rejected lines in an answer; the receipt has all of them.
const MAX_REJECTIONS_SHOWN: usize = 100;

/// Where a video was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// In the list.
    InList,
    /// On an earlier line of the same import.
    OnLine(u32),
}

impl Seen {
    /// For the receipt.
    pub(crate) const IN_LIST: &str = "Already in this list";
    /// For the receipt, followed by the line.
    pub(crate) const ON_LINE: &str = "Already on line ";

    fn reason(self) -> String {
        match self {
            Self::InList => Self::IN_LIST.into(),
            Self::OnLine(line) => format!("{}{line}", Self::ON_LINE),
        }
    }
}

/// The verdict on a line and why; `seen` is where its video was before.
pub(crate) fn verdict(entry: &Entry, seen: Option<Seen>) -> (Verdict, Option<String>) {
    match (entry, seen) {
        (Entry::Rejected(reason), _) => (Verdict::Rejected, Some(reason.clone())),
        (Entry::Video { .. }, Some(seen)) => (Verdict::Duplicate, Some(seen.reason())),
        (Entry::Video { note, .. }, None) => (Verdict::Accepted, note.clone()),
        (Entry::InvalidId, _) => (Verdict::Accepted, None),
    }
}

/// Counts of verdicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines with a verdict.
    pub total: u32,
    /// Of those, to be looked up.
    pub accepted: u32,
    /// Of those, malformed ids, which fail.
    pub invalid: u32,
    /// Of those, already in the list.
    pub duplicates: u32,
    /// The first 100 rejected lines.
    pub rejected: Vec<Rejection>,
    /// All rejected lines.
    pub rejected_count: u32,
}

impl Counts {
    /// Counts a line with this verdict.
    pub(crate) fn add(&mut self, line: u32, entry: &Entry, verdict: Verdict, reason: Option<&str>) {
        match verdict {
            Verdict::Rejected => self.add_rejection(line, reason.unwrap_or_default()),
            verdict => self.add_lines(verdict, *entry == Entry::InvalidId, 1),
        }
    }

    /// Counts lines with this verdict that are not rejected; `are_invalid` if they are malformed ids.
    pub(crate) fn add_lines(&mut self, verdict: Verdict, are_invalid: bool, lines: u32) {
        self.total += lines;
        match verdict {
            Verdict::Accepted if are_invalid => {
                self.accepted += lines;
                self.invalid += lines;
            }
            Verdict::Accepted => self.accepted += lines,
            Verdict::Duplicate => self.duplicates += lines,
            Verdict::Rejected => {}
        }
    }

    /// Counts a rejected line.
    pub(crate) fn add_rejection(&mut self, line: u32, reason: &str) {
        self.total += 1;
        self.rejected_count += 1;
        if self.rejected.len() < MAX_REJECTIONS_SHOWN {
            self.rejected.push(Rejection { line, reason: reason.to_owned(), is_file: false });
        }
    }
}
