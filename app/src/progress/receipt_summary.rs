//! A summary of a receipt: how many lines were duplicates or rejected, and where in the file videos failed.

use serde::{Deserialize, Serialize};

use crate::wire::{ItemOutcome, JobItem, Verdict};

/// The parts of a receipt that a job's page shows without reading all lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptSummary {
    /// Number of lines whose video was already in the list.
    pub duplicates: u32,
    /// Number of lines that are not videos.
    pub rejected: u32,
    /// Number of accepted lines whose id is malformed.
    #[serde(default)]
    pub invalid: u32,
    /// In the order of the file.
    pub failures: Vec<FailureSegment>,
}

/// The failures within one segment of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureSegment {
    /// Positions of the first and the last failure among the job's videos, from 1.
    pub places: (u32, u32),
    /// Their lines in the file, from 1.
    pub lines: (u32, u32),
    /// Number of failures.
    pub count: u32,
    /// The reason as a sentence, if there is only one failure.
    pub reason: Option<String>,
}

impl ReceiptSummary {
    /// A job's videos are divided into this many segments of equal size, each at least 2 px wide on the progress bar; in a smaller job each
    /// video is a segment.
    pub const SEGMENTS: u32 = 480;

    /// Computed from the whole receipt, ordered by line. On the server, the database computes the same without reading all lines.
    pub fn from_items(items: &[JobItem]) -> Self {
        let count = |verdict: Verdict| items.iter().filter(|item| item.verdict == verdict).count() as u32;
        let total = u64::from(count(Verdict::Accepted).max(1));
        let part = |place: u32| u64::from(place - 1) * u64::from(Self::SEGMENTS) / total;
        let mut failures: Vec<FailureSegment> = Vec::new();
        for (place, item) in (1..).zip(items.iter().filter(|item| item.verdict == Verdict::Accepted)) {
            if item.outcome != Some(ItemOutcome::Failed) {
                continue;
            }
            match failures.last_mut().filter(|last| part(last.places.0) == part(place)) {
                Some(last) => (last.places.1, last.lines.1, last.count, last.reason) = (place, item.line, last.count + 1, None),
                None => {
                    failures.push(FailureSegment { places: (place, place), lines: (item.line, item.line), count: 1, reason: item.reason.clone() })
                }
            }
        }
        let invalid = items.iter().filter(|item| item.invalid).count() as u32;
        Self { duplicates: count(Verdict::Duplicate), rejected: count(Verdict::Rejected), invalid, failures }
    }
}
