//! Live progress for components: the board and the connection as signals.
//!
//! One [`Live`] lives as long as the page, at the root of the app. In the browser `browser::engine` moves it; on the server it only holds
//! what is rendered. What can be asked of it is in `actions`.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    progress::{Board, Change, Link},
    wire::{Problem, ProgressUpdate},
};

/// Live progress; provided as context by `App` to all components.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    /// The cards.
    pub board: RwSignal<Board>,
    /// The connection.
    pub link: RwSignal<Link>,
    /// The server is of another version than this page.
    pub new_version: RwSignal<bool>,
    /// Counts what was stored from this page; a change says that the page shows less than there is.
    pub stale: RwSignal<u32>,
    /// Why the last `actions::cancel_job` or `actions::retry_job` was not done. Whoever shows it sets it back to `None`.
    pub problem: RwSignal<Option<Problem>>,
}

impl Live {
    /// An idle one, as on the server.
    pub(crate) fn new() -> Self {
        Self {
            board: RwSignal::new(Board::default()),
            link: RwSignal::new(Link::Idle),
            new_version: RwSignal::new(false),
            stale: RwSignal::new(0),
            problem: RwSignal::new(None),
        }
    }

    /// Puts states on the board that did not come over the socket. Answers which jobs were not there before.
    pub(crate) fn seed(&self, states: Vec<ProgressUpdate>, now_ms: u64) -> Vec<Uuid> {
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
        added
    }
}
