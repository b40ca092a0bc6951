//! Conflation: of each job one frame waits, the newest; and what was sent decides what may still follow.
//!
//! The rules, per job of one socket: `seq` strictly grows; nothing follows a terminal update but a control frame, and nothing at all follows
//! that; an update without `seq` comes in its turn, but never in the place of a waiting state that has one or is terminal, and it never
//! ends a job that states with `seq` were sent of.

use std::collections::VecDeque;

use axum::extract::ws::Utf8Bytes;
use indexmap::IndexMap;
use uuid::Uuid;

use super::Encoded;

/// Jobs that may wait at one socket; a snapshot may exceed it.
const MAX_WAITING: usize = 1024;
/// Jobs whose last `seq` one socket remembers, beside the waiting ones.
const MAX_KNOWN: usize = 1024;
/// How many are forgotten at once, ended ones first.
const FORGET: usize = 256;

/// What waits, in the order in which jobs began to wait.
pub(super) struct Slots {
    control: bool,
    jobs: IndexMap<Uuid, Job>,
    queue: VecDeque<Uuid>,
}

#[derive(Default)]
struct Job {
    /// Highest `seq` sent; 0 before.
    sent: u64,
    phase: Phase,
    waiting: Option<Waiting>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Updates may follow.
    #[default]
    Open,
    /// A terminal update was sent; a control frame may follow.
    Ended,
    /// Nothing may follow.
    Gone,
}

struct Waiting {
    frame: Utf8Bytes,
    seq: Option<u64>,
    /// The job's phase once this is sent.
    then: Phase,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// It waits.
    Put,
    /// By the rules it is not to be sent.
    Unwanted,
    /// It is to be sent, and frames of too many jobs wait already.
    Full,
}

impl From<&Encoded> for Waiting {
    fn from(update: &Encoded) -> Self {
        let then = if update.terminal { Phase::Ended } else { Phase::Open };
        Self { frame: update.frame.clone(), seq: update.seq, then }
    }
}

impl Slots {
    pub(super) fn new(control: bool) -> Self {
        Self { control, jobs: IndexMap::new(), queue: VecDeque::new() }
    }

    pub(super) fn takes_control(&self) -> bool {
        self.control
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// True for a job that a frame was sent of, or waits.
    pub(super) fn knows(&self, job_id: Uuid) -> bool {
        self.jobs.contains_key(&job_id)
    }

    /// Puts an update where it is wanted.
    pub(super) fn offer(&mut self, update: &Encoded) -> Offer {
        if !self.wants(update) {
            return Offer::Unwanted;
        }
        self.put_if_room(update.job_id, Waiting::from(update))
    }

    /// Puts a state of the snapshot where it is wanted; there is room for all of them.
    pub(super) fn merge(&mut self, state: &Encoded) {
        if self.wants(state) {
            self.put(state.job_id, Waiting::from(state));
        }
    }

    /// Puts a control frame about a job in the place of whatever waits of it.
    pub(super) fn offer_control(&mut self, job_id: Uuid, frame: &Utf8Bytes) -> Offer {
        let gone = |job: &Job| job.phase == Phase::Gone || job.waiting.as_ref().is_some_and(|waiting| waiting.then == Phase::Gone);
        if !self.control || self.jobs.get(&job_id).is_some_and(gone) {
            return Offer::Unwanted;
        }
        self.put_if_room(job_id, Waiting { frame: frame.clone(), seq: None, then: Phase::Gone })
    }

    /// Takes the frame that has waited longest.
    pub(super) fn pop(&mut self) -> Option<Utf8Bytes> {
        let job = self.jobs.get_mut(&self.queue.pop_front()?)?;
        let waiting = job.waiting.take()?;
        job.sent = waiting.seq.unwrap_or(job.sent);
        job.phase = waiting.then;
        if self.queue.is_empty() {
            self.queue.shrink_to(8);
        }
        Some(waiting.frame)
    }

    fn wants(&self, update: &Encoded) -> bool {
        self.jobs.get(&update.job_id).is_none_or(|job| job.wants(update))
    }

    fn put_if_room(&mut self, job_id: Uuid, waiting: Waiting) -> Offer {
        if self.queue.len() >= MAX_WAITING && !self.jobs.get(&job_id).is_some_and(|job| job.waiting.is_some()) {
            return Offer::Full;
        }
        self.put(job_id, waiting);
        Offer::Put
    }

    fn put(&mut self, job_id: Uuid, waiting: Waiting) {
        self.forget();
        if self.jobs.entry(job_id).or_default().waiting.replace(waiting).is_none() {
            self.queue.push_back(job_id);
        }
    }

    /// Makes room for what jobs of a week leave behind: ended ones go first, then the oldest. A job with a waiting frame stays.
    fn forget(&mut self) {
        if self.jobs.len() < MAX_KNOWN + self.queue.len() {
            return;
        }
        for ended_only in [true, false] {
            let mut left = FORGET;
            self.jobs.retain(|_, job| {
                let goes = left > 0 && job.waiting.is_none() && (job.phase != Phase::Open || !ended_only);
                left -= usize::from(goes);
                !goes
            });
            if left < FORGET {
                return;
            }
        }
    }
}

impl Job {
    fn wants(&self, update: &Encoded) -> bool {
        if self.phase != Phase::Open {
            return false;
        }
        if self.waiting.as_ref().is_some_and(|waiting| waiting.then != Phase::Open) {
            return false;
        }
        let waiting_seq = self.waiting.as_ref().and_then(|waiting| waiting.seq);
        match update.seq {
            Some(seq) => seq > self.sent && waiting_seq.is_none_or(|waiting| seq > waiting),
            None => waiting_seq.is_none() && !(update.terminal && self.sent > 0),
        }
    }
}

#[cfg(test)]
mod tests;
