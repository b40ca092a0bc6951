//! The outgoing frames of one socket, and the reason to close it.

use std::sync::PoisonError;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    EncodedUpdate,
    conflating_queue::{ConflatingQueue, EnqueueError},
    locks::{Mutex, MutexGuard},
};

/// Why the server closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The user signed out.
    SessionEnded,
    /// The access token that the socket was opened with has expired.
    TokenExpired,
    /// The process is shutting down.
    GoingAway,
    /// Updates may have been lost with the connection to the bus.
    BusLost,
    /// The snapshot could not be read.
    StoreUnavailable,
    /// Frames of too many jobs are queued.
    TooFarBehind,
    /// The client sent a message over the limit.
    MessageTooBig,
    /// The client sent an invalid WebSocket frame.
    Protocol,
    /// A text or a close reason of the client is not UTF-8.
    InvalidText,
    /// The client did not answer a ping in time.
    NoPong,
}

impl CloseReason {
    /// The code of the close frame.
    pub const fn code(self) -> u16 {
        match self {
            Self::SessionEnded | Self::TokenExpired => 1008,
            Self::GoingAway => 1001,
            Self::BusLost | Self::StoreUnavailable | Self::TooFarBehind => 1012,
            Self::MessageTooBig => 1009,
            Self::Protocol | Self::NoPong => 1002,
            Self::InvalidText => 1007,
        }
    }

    /// The reason of the close frame, and the label of the metric.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::SessionEnded => "session_ended",
            Self::TokenExpired => "token_expired",
            Self::GoingAway => "going_away",
            Self::BusLost => "bus_lost",
            Self::StoreUnavailable => "database_away",
            Self::TooFarBehind => "too_far_behind",
            Self::MessageTooBig => "too_big",
            Self::Protocol => "protocol_error",
            Self::InvalidText => "invalid_utf8",
            Self::NoPong => "no_pong",
        }
    }
}

/// The next step of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send it.
    Frame(Utf8Bytes),
    /// Close the socket, even if frames are queued.
    Close(CloseReason),
    /// Nothing, until [`Mailbox::wait_until_ready`] returns.
    Empty,
}

/// Bounded by the number of the user's jobs: see [`ConflatingQueue`].
pub struct Mailbox {
    state: Mutex<State>,
    wake: Notify,
}

struct State {
    queue: ConflatingQueue,
    close_reason: Option<CloseReason>,
}

impl Mailbox {
    /// An empty mailbox.
    pub fn new(accepts_control: bool) -> Self {
        Self { state: Mutex::new(State { queue: ConflatingQueue::new(accepts_control), close_reason: None }), wake: Notify::new() }
    }

    /// Whether the client asked for control frames.
    pub fn accepts_control(&self) -> bool {
        self.state().queue.accepts_control()
    }

    /// Queues an update; true if it will be sent. If the mailbox is full, closes the socket: the snapshot of the next one has all jobs.
    pub fn enqueue(&self, update: &EncodedUpdate) -> bool {
        self.enqueue_with(|queue| queue.enqueue(update))
    }

    /// Queues an update only if a frame of its job was sent or is queued.
    pub fn enqueue_if_seen(&self, update: &EncodedUpdate) -> bool {
        self.enqueue_with(|queue| if queue.has_seen(update.job_id) { queue.enqueue(update) } else { Err(EnqueueError::Unwanted) })
    }

    /// Whether the state of the job with this `seq` has yet to be queued; only if a frame of the job was sent or is queued, where `seen_only`.
    pub fn lacks(&self, job_id: Uuid, seq: u64, seen_only: bool) -> bool {
        let state = self.state();
        state.close_reason.is_none() && (!seen_only || state.queue.has_seen(job_id)) && state.queue.lacks(job_id, seq)
    }

    /// Merges the snapshot with the updates that arrived while it was read.
    pub fn merge_snapshot<'a>(&self, snapshot: impl IntoIterator<Item = &'a EncodedUpdate>) {
        let mut mailbox = self.state();
        for state in snapshot {
            mailbox.queue.enqueue_snapshot(state);
        }
    }

    /// Queues a control frame about a job, after which nothing of that job is sent. Does nothing if the client did not ask for control
    /// frames.
    pub fn enqueue_control(&self, job_id: Uuid, frame: &Utf8Bytes) -> bool {
        self.enqueue_with(|queue| queue.enqueue_control(job_id, frame))
    }

    /// Queues a control frame about a job only if a frame of the job was sent or is queued.
    pub fn enqueue_control_if_seen(&self, job_id: Uuid, frame: &Utf8Bytes) -> bool {
        self.enqueue_with(|queue| if queue.has_seen(job_id) { queue.enqueue_control(job_id, frame) } else { Err(EnqueueError::Unwanted) })
    }

    /// Queues control frames about removed jobs: those that the client has seen first, because there may be no space for all others.
    pub fn enqueue_removals(&self, removals: &[(Uuid, Utf8Bytes)]) {
        let (seen, others): (Vec<_>, Vec<_>) = removals.iter().partition(|(job_id, _)| self.state().queue.has_seen(*job_id));
        for (job_id, frame) in seen.into_iter().chain(others) {
            self.enqueue_control(*job_id, frame);
        }
    }

    /// Queues a frame about the source. Does nothing if the client did not ask for control frames.
    pub fn enqueue_source(&self, frame: &Utf8Bytes) -> bool {
        self.enqueue_with(|queue| queue.enqueue_source(frame))
    }

    /// Closes the socket. Later reasons are ignored.
    pub fn close(&self, reason: CloseReason) {
        self.state().close_reason.get_or_insert(reason);
        self.wake.notify_one();
    }

    /// `None` while the socket stays open.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.state().close_reason
    }

    /// Takes the next frame.
    pub fn next(&self) -> Next {
        let mut state = self.state();
        match state.close_reason {
            Some(reason) => Next::Close(reason),
            None => state.queue.pop().map_or(Next::Empty, Next::Frame),
        }
    }

    /// True unless [`Mailbox::next`] would return [`Next::Empty`].
    pub fn has_next(&self) -> bool {
        let state = self.state();
        state.close_reason.is_some() || !state.queue.is_empty()
    }

    /// Returns once [`Mailbox::has_next`] is true. Only one task may wait, here or in [`Mailbox::wait_for_close`].
    pub async fn wait_until_ready(&self) {
        while !self.has_next() {
            self.wake.notified().await;
        }
    }

    /// Returns once the socket has to close. It may consume the wake-up of a frame; [`Mailbox::wait_until_ready`] checks before it waits.
    pub async fn wait_for_close(&self) -> CloseReason {
        loop {
            if let Some(reason) = self.close_reason() {
                return reason;
            }
            self.wake.notified().await;
        }
    }

    /// Number of queued frames.
    pub fn queued(&self) -> usize {
        self.state().queue.len()
    }

    fn enqueue_with(&self, enqueue: impl FnOnce(&mut ConflatingQueue) -> Result<(), EnqueueError>) -> bool {
        let mut state = self.state();
        if state.close_reason.is_some() {
            return false;
        }
        let enqueued = enqueue(&mut state.queue);
        if enqueued == Err(EnqueueError::Full) {
            state.close_reason = Some(CloseReason::TooFarBehind);
        }
        drop(state);
        if enqueued != Err(EnqueueError::Unwanted) {
            self.wake.notify_one();
        }
        enqueued.is_ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
