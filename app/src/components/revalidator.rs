//! Revalidates the page when its jobs change.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    actions,
    live::LiveProgress,
    progress::RevalidationEvent,
    wire::{JobStatus, ProgressUpdate},
};

/// Which changes the static parts of a page depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RevalidateOn {
    /// Progress of a list's jobs.
    ListJobs(Uuid),
    /// Progress of one job.
    OneJob(Uuid),
    /// Start and end of any job.
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

    /// The part of a state whose changes matter.
    fn fingerprint(self, state: &ProgressUpdate) -> (Uuid, u32, JobStatus) {
        (state.job_id, if self == Self::AnyJob { 0 } else { state.current_video }, state.status)
    }
}

#[component]
pub(crate) fn Revalidator(trigger: RevalidateOn) -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    let notify = actions::revalidator(live);
    let changes = Memo::new(move |_| {
        live.board.with(|board| {
            let states = board.jobs().into_iter().filter_map(|id| board.card(id).map(|card| &card.state).filter(|state| trigger.concerns(state)));
            states.map(|state| trigger.fingerprint(state)).collect::<Vec<_>>()
        })
    });
    // The first run sees the states that the page was rendered with.
    Effect::new({
        let notify = notify.clone();
        move |before: Option<()>| {
            // Read rather than tracked: a memo that has never been read has no dependencies yet.
            changes.with(|_| ());
            if before.is_some() {
                notify(RevalidationEvent::JobChanged);
            }
        }
    });
    Effect::new({
        let notify = notify.clone();
        move |before: Option<()>| {
            live.stored_count.track();
            if before.is_some() {
                notify(RevalidationEvent::Stored);
            }
        }
    });
    Effect::new(move |_| notify(RevalidationEvent::Connection(live.connection.get())));
}
