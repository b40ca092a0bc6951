//! A receipt at a glance: how many lines are no work, and which failed.

use serde::{Deserialize, Serialize};

use crate::wire::{ItemOutcome, JobItem, Verdict};

/// What the job's page says of its receipt before any line is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// Lines with a video that was there already.
    pub duplicates: u32,
    /// Lines that are not videos.
    pub rejected: u32,
    /// The first [`Outline::MOST`] lines that failed, by line.
    pub failed: Vec<FailedLine>,
}

/// A line whose video could not be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedLine {
    /// Its place among the job's videos, from 1.
    pub place: u32,
    /// The line in the file, from 1.
    pub line: u32,
    /// Why, as a sentence.
    pub reason: String,
}

impl Outline {
    /// Failures that an outline holds; a strip has not many more pixels.
    pub const MOST: usize = 2_000;

    /// From the whole receipt, by line. The server's database answers the same without reading it all.
    pub fn of(items: &[JobItem]) -> Self {
        let count = |verdict: Verdict| items.iter().filter(|item| item.verdict == verdict).count() as u32;
        let videos = items.iter().filter(|item| item.verdict == Verdict::Accepted);
        let failed = (1..).zip(videos).filter(|(_, item)| item.outcome == Some(ItemOutcome::Failed));
        Self {
            duplicates: count(Verdict::Duplicate),
            rejected: count(Verdict::Rejected),
            failed: failed
                .take(Self::MOST)
                .map(|(place, item)| FailedLine { place, line: item.line, reason: item.reason.clone().unwrap_or_default() })
                .collect(),
        }
    }
}
