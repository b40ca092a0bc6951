//! Inputs and actions of the connection's state machine.

/// The connection as users see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// Not started: on the server, signed out, or before the first connection. Nothing is shown.
    Idle,
    Live,
    /// Lost; the banner is shown.
    Lost {
        /// Seconds until the next attempt, counted down; 0 during an attempt.
        seconds: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Start,
    /// Disconnect: the user signs out.
    Stop,
    /// The user asked to retry now.
    RetryNow,
    /// The browser is online.
    Online,
    /// The tab became visible.
    Visible,
    /// The tab was hidden.
    Hidden,
    /// The page is being left; it may come back from the back/forward cache.
    PageHide,
    /// The page was loaded or restored.
    PageShow,
    /// The timer of [`Action::WakeAt`] has fired. Harmless at any other time.
    Tick,
    /// The ticket request succeeded.
    TicketGranted {
        /// Of [`Action::FetchTicket`].
        attempt: u32,
        ticket: String,
    },
    /// The server refused a ticket.
    TicketRefused {
        /// Of [`Action::FetchTicket`].
        attempt: u32,
        /// HTTP status.
        status: u16,
    },
    /// The ticket request got no answer.
    TicketFailed {
        /// Of [`Action::FetchTicket`].
        attempt: u32,
    },
    /// The handshake succeeded.
    Opened {
        /// Of [`Action::Open`].
        attempt: u32,
    },
    /// A frame arrived.
    Frame {
        /// Of [`Action::Open`].
        attempt: u32,
    },
    /// The socket was closed, or could not be opened.
    Closed {
        /// Of [`Action::Open`].
        attempt: u32,
        /// RFC 6455's close code; 1006 for none.
        code: u16,
    },
}

/// Something to do. Actions are performed in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    FetchTicket {
        /// Repeated in the answer.
        attempt: u32,
    },
    Open {
        /// Repeated in every input about this socket.
        attempt: u32,
        /// For `?token=`.
        ticket: String,
    },
    /// Close the socket; its later events must not be passed on.
    Close,
    /// Set the timer: pass [`Input::Tick`] at this time. Replaces an earlier one.
    WakeAt(u64),
    /// Fetch the history of every active card from its current state on.
    FetchHistory,
    /// The session has ended: load the sign-in page.
    GoToSignIn,
    /// Show this state to the user.
    Show(ConnectionStatus),
}

impl Input {
    /// The attempt that it belongs to; `None` for outside events.
    pub(super) fn attempt(&self) -> Option<u32> {
        match self {
            Self::TicketGranted { attempt, .. } | Self::TicketRefused { attempt, .. } | Self::TicketFailed { attempt } => Some(*attempt),
            Self::Opened { attempt } | Self::Frame { attempt } | Self::Closed { attempt, .. } => Some(*attempt),
            _ => None,
        }
    }
}
