//! Commands for jobs and for the connection that reports their progress.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

pub(crate) use crate::browser::engine::{connect, reconnect_now};
use crate::{
    browser::{engine, page, rest},
    live::LiveProgress,
    progress::Change,
    wire::{FailureCause, Problem, ProgressUpdate},
};

/// Applies states that were rendered with the page or fetched for it. Runs on the server, too.
pub(crate) fn seed(live: LiveProgress, states: Vec<ProgressUpdate>) {
    let added = live.seed(states, page::now_ms());
    engine::on_seeded(live, &added);
}

/// Call after storing something: revalidates the page and shows the job's card immediately, even while the socket is disconnected.
pub(crate) fn on_stored(live: LiveProgress) {
    live.stored_count.update(|count| *count = count.wrapping_add(1));
    spawn_local(async move {
        if let Ok(states) = rest::recent().await {
            seed(live, states);
        }
    });
}

/// Removes the card, here and in every other tab.
pub(crate) fn dismiss_job(live: LiveProgress, job_id: Uuid) {
    live.board.maybe_update(|board| board.dismiss(job_id, page::now_ms()) != Change::Ignored);
    spawn_local(async move {
        // The card is already removed here. If the server missed it, the job drops out of snapshots after five minutes anyway.
        if let Err(problem) = rest::dismiss(job_id).await {
            engine::redirect_if_signed_out(&problem);
        }
    });
}

/// The job's next state shows when it has stopped.
pub(crate) fn cancel_job(live: LiveProgress, job_id: Uuid) {
    spawn_local(async move { report(live, rest::cancel(job_id).await) });
}

/// Retries failures of these causes, or all if there are none. The new job's card comes over the socket.
pub(crate) fn retry_job(live: LiveProgress, job_id: Uuid, causes: Vec<FailureCause>) {
    spawn_local(async move { report(live, rest::retry(job_id, causes).await) });
}

fn report<T>(live: LiveProgress, result: Result<T, Problem>) {
    if let Err(problem) = result {
        engine::redirect_if_signed_out(&problem);
        live.problem.set(Some(problem));
    }
}
