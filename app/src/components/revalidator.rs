//! Fetching again what jobs change, as they move.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    actions,
    live::Live,
    progress::RevalidationEvent,
    wire::{JobStatus, ProgressUpdate},
};

/// Which jobs a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RevalidateOn {
    /// Those of a list.
    ListJobs(Uuid),
    /// One.
    OneJob(Uuid),
    /// All, but no more of each than that it begins and how it ends.
    AnyJob,
}

impl RevalidateOn {
    fn concerns(self, state: &ProgressUpdate) -> bool {
        match self {
            Self::ListJobs(id) => state.list_id == Some(id),
            Self::OneJob(id) => state.job_id == id,
            Self::AnyJob => true,
        }
    }

    /// What of a state is a move.
    fn mark(self, state: &ProgressUpdate) -> (Uuid, u32, JobStatus) {
        (state.job_id, if self == Self::AnyJob { 0 } else { state.current_video }, state.status)
    }
}

/// Keeps the parts of the page that the server alone renders as fresh as its islands.
#[component]
pub(crate) fn Revalidator(trigger: RevalidateOn) -> impl IntoView {
    let live = expect_context::<Live>();
    let notify = actions::revalidator(live);
    let moved = Memo::new(move |_| {
        live.board.with(|board| {
            let states = board.jobs().into_iter().filter_map(|id| board.card(id).map(|card| &card.state).filter(|state| trigger.concerns(state)));
            states.map(|state| trigger.mark(state)).collect::<Vec<_>>()
        })
    });
    // Nothing has moved yet of what stood on the board when the page came to life.
    Effect::new({
        let notify = notify.clone();
        move |before: Option<()>| {
            // Read, not only tracked: a memo that nobody has read does not know what it depends on.
            moved.with(|_| ());
            if before.is_some() {
                notify(RevalidationEvent::JobMoved);
            }
        }
    });
    Effect::new({
        let notify = notify.clone();
        move |before: Option<()>| {
            live.stale.track();
            if before.is_some() {
                notify(RevalidationEvent::Stored);
            }
        }
    });
    Effect::new(move |_| notify(RevalidationEvent::Link(live.link.get())));
}
