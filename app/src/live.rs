//! Live progress for components: the board and the connection as signals, and what can be asked of them.
//!
//! One [`Live`] lives as long as the page, at the root of the app. In the browser `browser::engine` moves it; on the server it only holds
//! what is rendered.

use leptos::prelude::*;
use uuid::Uuid;

#[cfg(not(feature = "browser"))]
mod still;

pub use crate::progress::Link;
use crate::{
    progress::{Board, Change},
    wire::{FailureCause, Problem, ProgressUpdate},
};

#[cfg(feature = "browser")]
use crate::browser::engine;
#[cfg(not(feature = "browser"))]
use still as engine;

/// Live progress; provided as context by `App` to all components.
#[derive(Clone, Copy)]
pub struct Live {
    /// The cards.
    pub board: RwSignal<Board>,
    /// The connection.
    pub link: RwSignal<Link>,
    /// The server is of another version than this page.
    pub new_version: RwSignal<bool>,
    /// Terminal states that arrived since the page was loaded; a change says that lists, videos and jobs are worth fetching again.
    pub finished: RwSignal<u32>,
    /// Counts what was stored from this page; a change says that the page shows less than there is.
    pub stale: RwSignal<u32>,
    /// Why the last [`Self::cancel`] or [`Self::retry`] was not done. Whoever shows it sets it back to `None`.
    pub problem: RwSignal<Option<Problem>>,
}

/// Milliseconds since 1970, by this machine's clock.
pub fn now_ms() -> u64 {
    engine::now_ms()
}

impl Live {
    /// An idle one, as on the server.
    pub fn new() -> Self {
        Self {
            board: RwSignal::new(Board::default()),
            link: RwSignal::new(Link::Idle),
            new_version: RwSignal::new(false),
            finished: RwSignal::new(0),
            stale: RwSignal::new(0),
            problem: RwSignal::new(None),
        }
    }

    /// Puts states on the board that were rendered with the page, or fetched for it.
    pub fn seed(&self, states: Vec<ProgressUpdate>) {
        let now_ms = engine::now_ms();
        let mut added = Vec::new();
        self.board.maybe_update(|board| {
            let mut any = false;
            for state in states {
                let job_id = state.job_id;
                let change = board.apply(state, now_ms);
                any |= change != Change::Ignored;
                if change == Change::Added {
                    added.push(job_id);
                }
            }
            any
        });
        engine::seeded(*self, &added);
    }

    /// Opens the connection and keeps it open. Nothing on the server; nothing when it runs already.
    pub fn start(&self) {
        engine::start(*self);
    }

    /// Something was stored: the page is freshened, and the job's card is there at once, even while the socket is away.
    pub fn stored(&self) {
        self.stale.update(|stale| *stale = stale.wrapping_add(1));
        engine::stored(*self);
    }

    /// Tries at once.
    pub fn retry_now(&self) {
        engine::retry_now();
    }

    /// Puts a card away, here and in every other tab.
    pub fn dismiss(&self, job_id: Uuid) {
        self.board.maybe_update(|board| board.dismiss(job_id, engine::now_ms()) != Change::Ignored);
        engine::dismiss(job_id);
    }

    /// Asks a job to stop. The job's next state says when it has.
    pub fn cancel(&self, job_id: Uuid) {
        engine::cancel(*self, job_id);
    }

    /// Tries a job's failures again: of these causes, or of all where there is none. The new job's card comes over the socket.
    pub fn retry(&self, job_id: Uuid, causes: Vec<FailureCause>) {
        engine::retry(*self, job_id, causes);
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}
