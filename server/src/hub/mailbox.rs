//! What waits for one socket, and the reason why it is to close.

use std::sync::PoisonError;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    Encoded,
    locks::{Mutex, MutexGuard},
    slots::{Offer, Slots},
};

/// Why the server closes a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The session was signed out.
    SessionEnded,
    /// The access token that the socket was opened with has expired.
    TokenExpired,
    /// This process ends.
    GoingAway,
    /// The bus is lost, and updates with it.
    BusLost,
    /// The database could not be asked for the snapshot.
    StoreAway,
    /// Frames of more jobs wait than a socket may keep.
    TooFarBehind,
    /// The client sent more than a socket takes.
    TooBig,
    /// The client sent what is not a WebSocket frame.
    Protocol,
    /// The client did not answer a ping.
    NoPong,
}

impl Close {
    /// The close frame's code.
    pub const fn code(self) -> u16 {
        match self {
            Self::SessionEnded | Self::TokenExpired => 1008,
            Self::GoingAway => 1001,
            Self::BusLost | Self::StoreAway | Self::TooFarBehind => 1012,
            Self::TooBig => 1009,
            Self::Protocol | Self::NoPong => 1002,
        }
    }

    /// The close frame's reason, and the label that it is counted under.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::SessionEnded => "session_ended",
            Self::TokenExpired => "token_expired",
            Self::GoingAway => "going_away",
            Self::BusLost => "bus_lost",
            Self::StoreAway => "database_away",
            Self::TooFarBehind => "too_far_behind",
            Self::TooBig => "too_big",
            Self::Protocol => "protocol_error",
            Self::NoPong => "no_pong",
        }
    }
}

/// What a socket does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this.
    Frame(Utf8Bytes),
    /// Close, whatever waits.
    Close(Close),
    /// Nothing, until [`Mailbox::ready`].
    Nothing,
}

/// Bounded by the number of the user's jobs, whatever comes: see [`Slots`].
pub struct Mailbox {
    inner: Mutex<Inner>,
    wake: Notify,
}

struct Inner {
    slots: Slots,
    close: Option<Close>,
}

impl Mailbox {
    /// An empty one; with `control` it takes control frames.
    pub fn new(control: bool) -> Self {
        Self { inner: Mutex::new(Inner { slots: Slots::new(control), close: None }), wake: Notify::new() }
    }

    /// True where control frames are taken.
    pub fn takes_control(&self) -> bool {
        self.inner().slots.takes_control()
    }

    /// Puts an update where it is wanted. A mailbox with too many jobs waiting closes its socket: the next snapshot has them all.
    pub fn offer(&self, update: &Encoded) -> bool {
        self.put(|slots| slots.offer(update))
    }

    /// The same for a job that this socket has been told of, and for no other.
    pub fn offer_if_known(&self, update: &Encoded) -> bool {
        self.put(|slots| if slots.knows(update.job_id) { slots.offer(update) } else { Offer::Unwanted })
    }

    /// Puts the snapshot among what has arrived meanwhile.
    pub fn merge<'a>(&self, snapshot: impl IntoIterator<Item = &'a Encoded>) {
        let mut inner = self.inner();
        for state in snapshot {
            inner.slots.merge(state);
        }
    }

    /// Puts a control frame about a job, after which nothing of that job follows. Nothing where control frames are not taken.
    pub fn offer_control(&self, job_id: Uuid, frame: &Utf8Bytes) -> bool {
        self.put(|slots| slots.offer_control(job_id, frame))
    }

    /// Closes the socket; the first reason stays.
    pub fn close(&self, close: Close) {
        self.inner().close.get_or_insert(close);
        self.wake.notify_one();
    }

    /// The reason to close, if there is one.
    pub fn closing(&self) -> Option<Close> {
        self.inner().close
    }

    /// Takes what is to be done next.
    pub fn next(&self) -> Next {
        let mut inner = self.inner();
        match inner.close {
            Some(close) => Next::Close(close),
            None => inner.slots.pop().map_or(Next::Nothing, Next::Frame),
        }
    }

    /// True where [`Mailbox::next`] has something.
    pub fn has_next(&self) -> bool {
        let inner = self.inner();
        inner.close.is_some() || !inner.slots.is_empty()
    }

    /// Returns when [`Mailbox::next`] has something; at once where it has. One task may wait, here or in [`Mailbox::closed`].
    pub async fn ready(&self) {
        while !self.has_next() {
            self.wake.notified().await;
        }
    }

    /// Returns when the socket is to close. Frames that come meanwhile are for a later [`Mailbox::ready`], which looks before it waits.
    pub async fn closed(&self) -> Close {
        loop {
            if let Some(close) = self.closing() {
                return close;
            }
            self.wake.notified().await;
        }
    }

    /// Frames that wait.
    pub fn waiting(&self) -> usize {
        self.inner().slots.len()
    }

    fn put(&self, put: impl FnOnce(&mut Slots) -> Offer) -> bool {
        let mut inner = self.inner();
        if inner.close.is_some() {
            return false;
        }
        let offer = put(&mut inner.slots);
        if offer == Offer::Full {
            inner.close = Some(Close::TooFarBehind);
        }
        drop(inner);
        if offer != Offer::Unwanted {
            self.wake.notify_one();
        }
        offer == Offer::Put
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
