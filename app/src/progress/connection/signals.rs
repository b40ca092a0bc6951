//! What the connection's machine is told, and what it asks for.

/// What the connection looks like to somebody at the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not started: on the server, signed out, or before the first connect. Shown as nothing.
    Idle,
    /// Updates arrive.
    Live,
    /// Lost. The banner shows; `seconds` to the next try, 0 while trying.
    Lost {
        /// Whole seconds, counted down.
        seconds: u32,
    },
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The page wants live progress.
    Start,
    /// It no longer does: signing out.
    Stop,
    /// The user does not want to wait.
    RetryNow,
    /// The browser has a network again.
    Online,
    /// The tab is looked at.
    Visible,
    /// The tab is not looked at.
    Hidden,
    /// The page is being left; it may come back from the browser's memory.
    PageHide,
    /// The page came, or came back.
    PageShow,
    /// The time of [`Action::WakeAt`] has come, or any other.
    Tick,
    /// A ticket.
    TicketGranted {
        /// Of [`Action::FetchTicket`].
        attempt: u32,
        /// The ticket.
        ticket: String,
    },
    /// No ticket: the server said why.
    TicketRefused {
        /// Of [`Action::FetchTicket`].
        attempt: u32,
        /// HTTP status.
        status: u16,
    },
    /// No ticket: no answer.
    TicketFailed {
        /// Of [`Action::FetchTicket`].
        attempt: u32,
    },
    /// The handshake succeeded.
    Opened {
        /// Of [`Action::Open`].
        attempt: u32,
    },
    /// Anything came over the socket.
    Frame {
        /// Of [`Action::Open`].
        attempt: u32,
    },
    /// The socket is gone, or never was.
    Closed {
        /// Of [`Action::Open`].
        attempt: u32,
        /// RFC 6455's close code; 1006 for none.
        code: u16,
    },
}

/// Something to do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ask for a ticket.
    FetchTicket {
        /// To be repeated in the answer.
        attempt: u32,
    },
    /// Open the socket.
    Open {
        /// To be repeated in everything about this socket.
        attempt: u32,
        /// For `?token=`.
        ticket: String,
    },
    /// Close the socket; nothing more is heard from it.
    Close,
    /// Call again at this time, with [`Input::Tick`]; the latest replaces those before.
    WakeAt(u64),
    /// Fetch the history of every active card, as the cards are now.
    CatchUp,
    /// The session has ended.
    GoToSignIn,
    /// What the user sees of it.
    Show(Link),
}

impl Input {
    /// The attempt it belongs to; `None` where it comes from outside.
    pub(super) fn attempt(&self) -> Option<u32> {
        match self {
            Self::TicketGranted { attempt, .. } | Self::TicketRefused { attempt, .. } | Self::TicketFailed { attempt } => Some(*attempt),
            Self::Opened { attempt } | Self::Frame { attempt } | Self::Closed { attempt, .. } => Some(*attempt),
            _ => None,
        }
    }
}
