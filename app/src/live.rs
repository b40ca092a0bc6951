//! Live progress for components: the board and the connection as signals.
//!
//! There is one [`LiveProgress`] per document. In the browser `browser::engine` updates it; on the server it only holds what is rendered. Commands
//! are in `actions`.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    progress::{Board, Change, ConnectionStatus},
    wire::{Problem, ProgressUpdate},
};

/// Provided to all components as a context.
#[derive(Clone, Copy)]
pub(crate) struct LiveProgress {
    pub board: RwSignal<Board>,
    pub connection: RwSignal<ConnectionStatus>,
    /// The server has another version than this page.
    pub new_version: RwSignal<bool>,
    /// How often this page has stored something. It then shows less than there is.
    pub stored_count: RwSignal<u32>,
    /// Why the last `actions::cancel_job` or `actions::retry_job` failed, until the user closes the notice.
    pub problem: RwSignal<Option<Problem>>,
}

impl LiveProgress {
    pub(crate) fn new() -> Self {
        Self {
            board: RwSignal::new(Board::default()),
            connection: RwSignal::new(ConnectionStatus::Idle),
            new_version: RwSignal::new(false),
            stored_count: RwSignal::new(0),
            problem: RwSignal::new(None),
        }
    }

    /// Applies states that did not come over the socket. Returns the jobs that were not on the board before.
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
