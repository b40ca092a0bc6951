//! A receipt at a glance: how many lines are no work, and where in the file something failed.

use serde::{Deserialize, Serialize};

use crate::wire::{ItemOutcome, JobItem, Verdict};

/// What the job's page says of its receipt before any line is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// Lines with a video that was there already.
    pub duplicates: u32,
    /// Lines that are not videos.
    pub rejected: u32,
    /// Where something failed, in the order of the file.
    pub failures: Vec<Failures>,
}

/// What failed in one of the [`Outline::PARTS`] of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// Places of the first and the last of them among the job's videos, from 1.
    pub places: (u32, u32),
    /// Their lines in the file, from 1.
    pub lines: (u32, u32),
    /// How many.
    pub count: u32,
    /// Why, as a sentence, where there is but one.
    pub reason: Option<String>,
}

impl Outline {
    /// A job's videos are counted in so many equal parts, of which none is less than 2 px of a strip; in a job of fewer videos each is by itself.
    pub const PARTS: u32 = 480;

    /// From the whole receipt, by line. The server's database answers the same without reading it all.
    pub fn of(items: &[JobItem]) -> Self {
        let count = |verdict: Verdict| items.iter().filter(|item| item.verdict == verdict).count() as u32;
        let total = u64::from(count(Verdict::Accepted).max(1));
        let part = |place: u32| u64::from(place - 1) * u64::from(Self::PARTS) / total;
        let mut failures: Vec<Failures> = Vec::new();
        for (place, item) in (1..).zip(items.iter().filter(|item| item.verdict == Verdict::Accepted)) {
            if item.outcome != Some(ItemOutcome::Failed) {
                continue;
            }
            match failures.last_mut().filter(|last| part(last.places.0) == part(place)) {
                Some(last) => (last.places.1, last.lines.1, last.count, last.reason) = (place, item.line, last.count + 1, None),
                None => failures.push(Failures { places: (place, place), lines: (item.line, item.line), count: 1, reason: item.reason.clone() }),
            }
        }
        Self { duplicates: count(Verdict::Duplicate), rejected: count(Verdict::Rejected), failures }
    }
}
