//! The outgoing queue of one socket. It conflates: at most one frame per job is queued, the newest.
//!
//! The `seq` of a job strictly increases. Only a control frame may follow a terminal update, and nothing follows a control frame. An update
//! without `seq` is queued in order of arrival, but it never replaces a queued frame that has a `seq` or is terminal, and it never ends a
//! job of which a state with `seq` was sent.

use std::collections::VecDeque;

use app::wire::{Control, ProgressUpdate};
use axum::extract::ws::Utf8Bytes;
use indexmap::IndexMap;
use uuid::Uuid;

/// Maximum number of jobs with a queued frame; a snapshot may exceed it.
const MAX_QUEUED_JOBS: usize = 1024;
/// Number of jobs whose last `seq` is remembered, besides the queued ones.
const MAX_REMEMBERED_JOBS: usize = 1024;
/// Number of jobs that are forgotten at once.
const EVICTION_BATCH: usize = 256;

/// An update's JSON, shared by all sockets, and the fields that decide whether a socket still gets it.
#[derive(Clone, Debug)]
pub struct EncodedUpdate {
    /// Key of the conflation.
    pub job_id: Uuid,
    /// `None` for updates of other publishers.
    pub seq: Option<u64>,
    /// The job has ended.
    pub terminal: bool,
    /// The JSON; clones share it.
    pub frame: Utf8Bytes,
}

impl From<&ProgressUpdate> for EncodedUpdate {
    fn from(update: &ProgressUpdate) -> Self {
        let frame = serde_json::to_string(update).expect("only maps with keys other than strings fail to serialize, and an update has none");
        Self { job_id: update.job_id, seq: update.seq, terminal: update.status.is_terminal(), frame: frame.into() }
    }
}

pub(crate) fn encode_control(control: &Control) -> Utf8Bytes {
    serde_json::to_string(control).expect("a control frame has only strings, which always serialize").into()
}

pub(super) struct ConflatingQueue {
    accepts_control: bool,
    jobs: IndexMap<Uuid, Job>,
    /// Jobs with a queued frame, in the order in which they got one.
    order: VecDeque<Uuid>,
    /// About the source, and how many frames go before it.
    source: Option<(usize, Utf8Bytes)>,
}

#[derive(Default)]
struct Job {
    /// 0 until a frame with a `seq` is sent.
    last_sent_seq: u64,
    phase: Phase,
    queued: Option<QueuedFrame>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    #[default]
    Open,
    /// A terminal update was sent; only a control frame may follow.
    Ended,
    /// A control frame was sent; nothing may follow.
    Closed,
}

struct QueuedFrame {
    frame: Utf8Bytes,
    seq: Option<u64>,
    phase_once_sent: Phase,
}

/// Why a frame was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnqueueError {
    /// It must not be sent: it is older than a frame that was sent or queued, follows the job's end, or is a control frame for a socket
    /// without them.
    Unwanted,
    /// Frames of [`MAX_QUEUED_JOBS`] jobs are queued already.
    Full,
}

impl From<&EncodedUpdate> for QueuedFrame {
    fn from(update: &EncodedUpdate) -> Self {
        let phase_once_sent = if update.terminal { Phase::Ended } else { Phase::Open };
        Self { frame: update.frame.clone(), seq: update.seq, phase_once_sent }
    }
}

impl ConflatingQueue {
    pub(super) fn new(accepts_control: bool) -> Self {
        Self { accepts_control, jobs: IndexMap::new(), order: VecDeque::new(), source: None }
    }

    pub(super) fn accepts_control(&self) -> bool {
        self.accepts_control
    }

    pub(super) fn len(&self) -> usize {
        self.order.len() + usize::from(self.source.is_some())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty() && self.source.is_none()
    }

    /// True if a frame of the job was sent or is queued.
    pub(super) fn has_seen(&self, job_id: Uuid) -> bool {
        self.jobs.contains_key(&job_id)
    }

    pub(super) fn enqueue(&mut self, update: &EncodedUpdate) -> Result<(), EnqueueError> {
        if !self.accepts(update) {
            return Err(EnqueueError::Unwanted);
        }
        self.insert_within_limit(update.job_id, QueuedFrame::from(update))
    }

    /// Queues a state of the snapshot, to which the limit does not apply.
    pub(super) fn enqueue_snapshot(&mut self, state: &EncodedUpdate) {
        if self.accepts(state) {
            self.insert(state.job_id, QueuedFrame::from(state));
        }
    }

    /// Replaces the job's queued frame. The limit does not apply to jobs that the client has seen, which are bounded themselves. About others
    /// there is nothing to take back, so that their frame is dropped if the queue is full.
    pub(super) fn enqueue_control(&mut self, job_id: Uuid, frame: &Utf8Bytes) -> Result<(), EnqueueError> {
        let is_closed = |job: &Job| job.phase == Phase::Closed || job.queued.as_ref().is_some_and(|queued| queued.phase_once_sent == Phase::Closed);
        let is_unwanted = self.jobs.get(&job_id).map_or(self.order.len() >= MAX_QUEUED_JOBS, is_closed);
        if !self.accepts_control || is_unwanted {
            return Err(EnqueueError::Unwanted);
        }
        self.insert(job_id, QueuedFrame { frame: frame.clone(), seq: None, phase_once_sent: Phase::Closed });
        Ok(())
    }

    /// Queues a frame about the source, in the place of one that is queued.
    pub(super) fn enqueue_source(&mut self, frame: &Utf8Bytes) -> Result<(), EnqueueError> {
        if !self.accepts_control {
            return Err(EnqueueError::Unwanted);
        }
        self.source = Some((self.order.len(), frame.clone()));
        Ok(())
    }

    /// Takes the frame that has been queued for longest.
    pub(super) fn pop(&mut self) -> Option<Utf8Bytes> {
        match &mut self.source {
            Some((0, _)) => return self.source.take().map(|(_, frame)| frame),
            Some((before, _)) => *before -= 1,
            None => {}
        }
        let job = self.jobs.get_mut(&self.order.pop_front()?)?;
        let queued = job.queued.take()?;
        job.last_sent_seq = queued.seq.unwrap_or(job.last_sent_seq);
        job.phase = queued.phase_once_sent;
        if self.order.is_empty() {
            self.order.shrink_to(8);
        }
        Some(queued.frame)
    }

    /// True if the state of the job with this `seq` has yet to be queued.
    pub(super) fn lacks(&self, job_id: Uuid, seq: u64) -> bool {
        self.jobs.get(&job_id).is_none_or(|job| job.accepts(Some(seq), false))
    }

    fn accepts(&self, update: &EncodedUpdate) -> bool {
        self.jobs.get(&update.job_id).is_none_or(|job| job.accepts(update.seq, update.terminal))
    }

    fn insert_within_limit(&mut self, job_id: Uuid, frame: QueuedFrame) -> Result<(), EnqueueError> {
        if self.order.len() >= MAX_QUEUED_JOBS && self.jobs.get(&job_id).is_none_or(|job| job.queued.is_none()) {
            return Err(EnqueueError::Full);
        }
        self.insert(job_id, frame);
        Ok(())
    }

    fn insert(&mut self, job_id: Uuid, frame: QueuedFrame) {
        self.evict();
        if self.jobs.entry(job_id).or_default().queued.replace(frame).is_none() {
            self.order.push_back(job_id);
        }
    }

    /// Bounds the memory of a socket that stays open for a week: forgets ended jobs first, then the oldest ones. Jobs with a queued frame
    /// stay.
    fn evict(&mut self) {
        if self.jobs.len() < MAX_REMEMBERED_JOBS + self.order.len() {
            return;
        }
        for ended_only in [true, false] {
            let mut left = EVICTION_BATCH;
            self.jobs.retain(|_, job| {
                let is_evicted = left > 0 && job.queued.is_none() && (job.phase != Phase::Open || !ended_only);
                left -= usize::from(is_evicted);
                !is_evicted
            });
            if left < EVICTION_BATCH {
                return;
            }
        }
    }
}

impl Job {
    fn accepts(&self, seq: Option<u64>, terminal: bool) -> bool {
        if self.phase != Phase::Open || self.queued.as_ref().is_some_and(|queued| queued.phase_once_sent != Phase::Open) {
            return false;
        }
        let queued_seq = self.queued.as_ref().and_then(|queued| queued.seq);
        match seq {
            Some(seq) => seq > self.last_sent_seq && queued_seq.is_none_or(|queued| seq > queued),
            None => queued_seq.is_none() && !(terminal && self.last_sent_seq > 0),
        }
    }
}

#[cfg(test)]
mod tests;
