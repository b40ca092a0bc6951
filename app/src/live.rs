//! Live progress for components: the board and the connection as signals, and what can be asked of them.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{progress::Board, wire::{FailureCause, ProgressUpdate}};

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

/// Live progress; provided as context by `App` to all components.
#[derive(Clone, Copy)]
pub struct Live {
    /// The cards.
    pub board: RwSignal<Board>,
    /// The connection.
    pub link: RwSignal<Link>,
    /// The server is of another version than this page.
    pub new_version: RwSignal<bool>,
}

impl Live {
    /// An idle one, as on the server.
    pub fn new() -> Self {
        Self { board: RwSignal::new(Board::default()), link: RwSignal::new(Link::Idle), new_version: RwSignal::new(false) }
    }
    /// Puts states on the board that were rendered with the page.
    pub fn seed(&self, _states: Vec<ProgressUpdate>) {}
    /// Opens the connection and keeps it open. Nothing on the server; nothing when it runs already.
    pub fn start(&self) {}
    /// Closes it for good: signing out, leaving.
    pub fn stop(&self) {}
    /// Tries at once.
    pub fn retry_now(&self) {}
    /// Puts a card away, here and in every other tab.
    pub fn dismiss(&self, _job_id: Uuid) {}
    /// Asks a job to stop.
    pub fn cancel(&self, _job_id: Uuid) {}
    /// Tries a job's failures again.
    pub fn retry(&self, _job_id: Uuid, _causes: Vec<FailureCause>) {}
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}
