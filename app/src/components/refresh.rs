//! Fetching again what jobs change, as they move and not more often.

use std::time::Duration;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    actions,
    live::Live,
    wire::{JobStatus, ProgressUpdate},
};

/// The least time between two refreshes of a page.
const PAUSE: Duration = Duration::from_secs(2);

/// Which jobs a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moves {
    /// Those of a list.
    OfList(Uuid),
    /// One.
    OfJob(Uuid),
    /// All, but no more of each than that it begins and how it ends.
    All,
}

impl Moves {
    fn concerns(self, state: &ProgressUpdate) -> bool {
        match self {
            Self::OfList(id) => state.list_id == Some(id),
            Self::OfJob(id) => state.job_id == id,
            Self::All => true,
        }
    }

    /// What of a state is a move.
    fn mark(self, state: &ProgressUpdate) -> (Uuid, u32, JobStatus) {
        (state.job_id, if self == Self::All { 0 } else { state.current_video }, state.status)
    }
}

/// Keeps the parts of the page that the server alone renders as fresh as its islands.
#[component]
pub fn Freshener(moves: Moves) -> impl IntoView {
    let live = expect_context::<Live>();
    refresh_as_jobs_move(moves, move || actions::freshen(live));
    Effect::new(move |before: Option<()>| {
        live.stale.track();
        if before.is_some() {
            actions::freshen(live);
        }
    });
}

/// Runs `refresh` when one of those jobs has moved: at once, then at most every [`PAUSE`], and once more after the last move.
/// Nothing on the server, and nothing for what stood on the board when the page came to life.
fn refresh_as_jobs_move(moves: Moves, refresh: impl Fn() + Clone + 'static) {
    let live = expect_context::<Live>();
    let moved = Memo::new(move |_| {
        live.board.with(|board| {
            let states = board.jobs().into_iter().filter_map(|id| board.card(id).map(|card| &card.state).filter(|state| moves.concerns(state)));
            states.map(|state| moves.mark(state)).collect::<Vec<_>>()
        })
    });
    let (resting, missed) = (StoredValue::new(false), StoredValue::new(false));
    let again = Trigger::new();
    // The page may be gone when the pause ends; then there is nothing left to wake.
    let rested = move || {
        if resting.try_set_value(false).is_none() && missed.try_get_value() == Some(true) {
            missed.set_value(false);
            again.notify();
        }
    };
    Effect::new(move |before: Option<()>| {
        // Read, not only tracked: a memo that nobody has read does not know what it depends on.
        moved.with(|_| ());
        again.track();
        if before.is_none() {
            return;
        }
        if resting.get_value() {
            missed.set_value(true);
            return;
        }
        resting.set_value(true);
        refresh();
        set_timeout(rested, PAUSE);
    });
}
