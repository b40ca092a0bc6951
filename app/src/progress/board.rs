//! The reducer: board + update → board. Order and repetition of updates do not matter.

use std::collections::VecDeque;

use uuid::Uuid;

use self::entry::Entry;
use super::{HistoryRequest, queued_state};
use crate::wire::{Control, Frame, JobStatus, ProgressUpdate, SourceBlock};

mod entry;

#[cfg(test)]
pub(super) mod tests;

pub(crate) use entry::Card;

const MINUTE_MS: u64 = 60_000;
/// How long a card stays after its terminal state has arrived.
const CARD_TTL_MS: u64 = 5 * MINUTE_MS;
/// How long a removed card is blocked: longer than snapshots contain its job.
const TOMBSTONE_TTL_MS: u64 = 15 * MINUTE_MS;
const MAX_CARDS: usize = 500;
const MAX_TOMBSTONES: usize = 500;
/// The `seq` of a tombstone that blocks all states of its job.
const EVERY_SEQ: u64 = u64::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Already known or outdated.
    Ignored,
    /// A running job got a card.
    Added,
    Updated,
    /// A terminal state arrived, whether or not the job had a card.
    Ended,
    Removed,
}

/// The changes of a batch of updates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub any: bool,
    /// The number of jobs that ended.
    pub ended: u32,
}

impl Changes {
    pub(crate) fn add(&mut self, change: Change) {
        self.any |= change != Change::Ignored;
        self.ended += u32::from(change == Change::Ended);
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Board {
    /// Newest job first.
    entries: Vec<Entry>,
    /// Oldest first.
    tombstones: VecDeque<Tombstone>,
    /// For what jobs without a worker wait.
    block: Option<SourceBlock>,
}

/// A removed card, and up to which `seq` its job's states are ignored.
#[derive(Clone, Debug, PartialEq)]
struct Tombstone {
    job_id: Uuid,
    seq: u64,
    since_ms: u64,
}

impl Board {
    /// Newest first; the order is stable while a job runs.
    pub(crate) fn jobs(&self) -> Vec<Uuid> {
        self.entries.iter().map(Entry::job_id).collect()
    }

    pub(crate) fn card(&self, job_id: Uuid) -> Option<&Card> {
        self.position(job_id).map(|at| &self.entries[at].card)
    }

    /// Newest job first.
    pub(crate) fn cards(&self) -> impl ExactSizeIterator<Item = &Card> {
        self.entries.iter().map(|entry| &entry.card)
    }

    /// A history request for each card that is active or misses failures.
    pub(crate) fn history_requests(&self) -> Vec<HistoryRequest> {
        self.cards().filter(|card| card.wants_history()).map(HistoryRequest::for_card).collect()
    }

    /// The same for cards that miss failures.
    pub(crate) fn missed_failure_requests(&self) -> Vec<HistoryRequest> {
        self.cards().filter(|card| card.misses_failures()).map(HistoryRequest::for_card).collect()
    }

    /// The same for one card; `None` if it is gone, or has ended and misses nothing.
    pub(crate) fn history_request(&self, job_id: Uuid) -> Option<HistoryRequest> {
        self.card(job_id).filter(|card| card.wants_history()).map(HistoryRequest::for_card)
    }

    pub(crate) fn apply_frame(&mut self, frame: Frame, now_ms: u64) -> Change {
        match frame {
            Frame::Update(update) => self.apply(*update, now_ms),
            Frame::Control(control) => self.control(&control, now_ms),
        }
    }

    /// Applies a state, from the socket, the history or the page.
    pub(crate) fn apply(&mut self, update: ProgressUpdate, now_ms: u64) -> Change {
        // A job that has just been made has no worker. Of others that is not known; one that has a worker says itself that it waits.
        let is_queued = update.status == JobStatus::Pending && update.seq.is_some() && self.block.is_some();
        let update = if is_queued { queued_state(update, self.block) } else { update };
        if let Some(at) = self.position(update.job_id) {
            return self.entries[at].merge(update, now_ms);
        }
        if self.tombstones.iter().any(|tombstone| tombstone.blocks(&update)) {
            return Change::Ignored;
        }
        let entry = Entry::new(update, now_ms);
        let at = self.entries.partition_point(|other| other.sort_key > entry.sort_key);
        if at >= MAX_CARDS {
            return Change::Ignored;
        }
        let change = if entry.ended_ms.is_some() { Change::Ended } else { Change::Added };
        self.entries.insert(at, entry);
        self.entries.truncate(MAX_CARDS);
        change
    }

    pub(crate) fn control(&mut self, control: &Control, now_ms: u64) -> Change {
        match control {
            Control::Heartbeat { .. } => Change::Ignored,
            Control::Source { .. } => self.block(control.source_block().flatten()),
            Control::Dismissed { job_id } | Control::Removed { job_id } => self.remove(*job_id, now_ms),
        }
    }

    fn block(&mut self, block: Option<SourceBlock>) -> Change {
        self.block = block;
        let mut change = Change::Ignored;
        // Jobs of other publishers have no `seq`, and none of our sources.
        for entry in self.entries.iter_mut().filter(|entry| entry.card.state.seq.is_some()) {
            let state = queued_state(entry.card.state.clone(), block);
            if state != entry.card.state {
                entry.card.state = state;
                change = Change::Updated;
            }
        }
        change
    }

    /// Removes a deleted job's card; later updates of it are ignored.
    pub(crate) fn remove(&mut self, job_id: Uuid, now_ms: u64) -> Change {
        self.remove_and_block(job_id, EVERY_SEQ, now_ms)
    }

    /// Removes a card that the user dismissed. If the job is still running, its next state brings the card back.
    pub(crate) fn dismiss(&mut self, job_id: Uuid, now_ms: u64) -> Change {
        let Some(state) = self.card(job_id).map(|card| &card.state) else { return Change::Ignored };
        let seq = if state.status.is_terminal() { EVERY_SEQ } else { state.seq.unwrap_or(0) };
        self.remove_and_block(job_id, seq, now_ms)
    }

    /// Removes expired cards. Call it every minute.
    pub(crate) fn sweep(&mut self, now_ms: u64) -> Change {
        // If the clock was set back, nothing must stay longer than its time from now.
        for entry in &mut self.entries {
            entry.ended_ms = entry.ended_ms.map(|ended_ms| ended_ms.min(now_ms));
        }
        for tombstone in &mut self.tombstones {
            tombstone.since_ms = tombstone.since_ms.min(now_ms);
        }
        self.tombstones.retain(|tombstone| now_ms - tombstone.since_ms < TOMBSTONE_TTL_MS);
        let due = |entry: &&Entry| entry.ended_ms.is_some_and(|ended_ms| now_ms - ended_ms >= CARD_TTL_MS);
        let gone: Vec<_> = self.entries.iter().filter(due).map(|entry| (entry.job_id(), entry.card.state.seq.unwrap_or(0))).collect();
        for (job_id, seq) in &gone {
            self.remove_and_block(*job_id, *seq, now_ms);
        }
        if gone.is_empty() { Change::Ignored } else { Change::Removed }
    }

    fn position(&self, job_id: Uuid) -> Option<usize> {
        self.entries.iter().position(|entry| entry.job_id() == job_id)
    }

    fn remove_and_block(&mut self, job_id: Uuid, seq: u64, now_ms: u64) -> Change {
        self.tombstones.retain(|tombstone| tombstone.job_id != job_id);
        if self.tombstones.len() >= MAX_TOMBSTONES {
            self.tombstones.pop_front();
        }
        self.tombstones.push_back(Tombstone { job_id, seq, since_ms: now_ms });
        match self.position(job_id) {
            Some(at) => {
                self.entries.remove(at);
                Change::Removed
            }
            None => Change::Ignored,
        }
    }
}

impl Tombstone {
    /// True for a state that is not newer than the removed card. A state without `seq` cannot prove that it is.
    fn blocks(&self, update: &ProgressUpdate) -> bool {
        self.job_id == update.job_id && update.seq.is_none_or(|seq| seq <= self.seq)
    }
}
