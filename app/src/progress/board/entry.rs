//! A card: how it merges a state, its failures, its position.

use uuid::Uuid;

use super::Change;
use crate::wire::ProgressUpdate;

/// Failures kept per card; the worker stores no more events of them either.
pub(super) const MAX_FAILURES: usize = 500;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Card {
    pub state: ProgressUpdate,
    /// Places (1 … total) of the failed videos that this page knows of, ascending; the first 500.
    pub failures: Vec<u32>,
}

impl Card {
    /// Failures can be missed: one write of the worker may contain several results, and a slow socket gets only the newest state.
    pub(in crate::progress) fn misses_failures(&self) -> bool {
        self.failures.len() < (self.state.failed_videos.unwrap_or(0) as usize).min(MAX_FAILURES)
    }

    pub(super) fn wants_history(&self) -> bool {
        !self.state.status.is_terminal() || self.misses_failures()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) card: Card,
    pub(super) sort_key: SortKey,
    /// When the terminal state arrived.
    pub(super) ended_ms: Option<u64>,
}

/// Cards are ordered by this, descending. Our job ids contain their time (UUID version 7), so that every tab shows the same order. A job of
/// another publisher counts from its arrival.
pub(super) type SortKey = (u64, Uuid);

impl Entry {
    pub(super) fn new(update: ProgressUpdate, now_ms: u64) -> Self {
        let sort_key = (created_ms(update.job_id).unwrap_or(now_ms), update.job_id);
        let ended_ms = update.status.is_terminal().then_some(now_ms);
        let failures = failed_place(&update).into_iter().collect();
        Self { card: Card { state: update, failures }, sort_key, ended_ms }
    }

    pub(super) fn job_id(&self) -> Uuid {
        self.card.state.job_id
    }

    pub(super) fn merge(&mut self, update: ProgressUpdate, now_ms: u64) -> Change {
        let known = &self.card.state;
        let terminal = known.status.is_terminal();
        let newer = match (known.seq, update.seq) {
            (Some(known), Some(new)) => new > known && !terminal,
            // Only our worker sets `seq`, and the database is the truth: its states replace another publisher's, even a terminal one.
            (None, Some(_)) => true,
            (Some(_), None) => return Change::Ignored,
            (None, None) if terminal => return Change::Ignored,
            (None, None) => true,
        };
        if known.seq.is_none() && update.seq.is_some() {
            self.card.failures.clear();
        }
        // From outdated states, too: the history contains failures that were missed.
        let marked = failed_place(&update).is_some_and(|place| self.mark(place));
        if !newer {
            return if marked { Change::Updated } else { Change::Ignored };
        }
        let ended = update.status.is_terminal();
        self.ended_ms = ended.then_some(now_ms);
        self.card.state = update;
        if ended { Change::Ended } else { Change::Updated }
    }

    /// False if the failure is already known, or beyond the last one kept.
    fn mark(&mut self, place: u32) -> bool {
        let failures = &mut self.card.failures;
        match failures.binary_search(&place) {
            Err(at) if at < MAX_FAILURES => {
                failures.insert(at, place);
                failures.truncate(MAX_FAILURES);
                true
            }
            _ => false,
        }
    }
}

/// The place in the file of the video that failed; for publishers that do not say, the number of finished videos. The `error` of a terminal
/// state is the job's own unless it names a video.
fn failed_place(update: &ProgressUpdate) -> Option<u32> {
    let of_video = update.error.is_some() && (update.video_id.is_some() || !update.status.is_terminal());
    let place = update.place.unwrap_or(update.current_video);
    (of_video && place > 0).then_some(place)
}

/// Milliseconds since 1970, from a UUID of version 7 (RFC 9562, 5.7).
fn created_ms(job_id: Uuid) -> Option<u64> {
    (job_id.get_version_num() == 7).then(|| (job_id.as_u128() >> 80) as u64)
}
