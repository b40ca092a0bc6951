//! What is asked of running jobs and of the connection that tells of them.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

pub(crate) use crate::browser::engine::{connect, reconnect_now};
use crate::{
    browser::{engine, page, rest},
    live::Live,
    progress::Change,
    wire::{FailureCause, Problem, ProgressUpdate},
};

/// Puts states on the board that were rendered with the page, or fetched for it. On the server, too.
pub(crate) fn seed(live: Live, states: Vec<ProgressUpdate>) {
    let added = live.seed(states, page::now_ms());
    engine::on_seeded(live, &added);
}

/// Something was stored: the page is freshened, and the job's card is there at once, even while the socket is away.
pub(crate) fn on_stored(live: Live) {
    live.stale.update(|stale| *stale = stale.wrapping_add(1));
    spawn_local(async move {
        if let Ok(states) = rest::recent().await {
            seed(live, states);
        }
    });
}

/// Puts a card away, here and in every other tab.
pub(crate) fn dismiss_job(live: Live, job_id: Uuid) {
    live.board.maybe_update(|board| board.dismiss(job_id, page::now_ms()) != Change::Ignored);
    spawn_local(async move {
        // The card is gone here already. What the server could not note, its next snapshot leaves out after five minutes by itself.
        if let Err(problem) = rest::dismiss(job_id).await {
            engine::leave_if_signed_out(&problem);
        }
    });
}

/// Asks a job to stop. The job's next state says when it has.
pub(crate) fn cancel_job(live: Live, job_id: Uuid) {
    spawn_local(async move { report(live, rest::cancel(job_id).await) });
}

/// Tries a job's failures again: of these causes, or of all where there is none. The new job's card comes over the socket.
pub(crate) fn retry_job(live: Live, job_id: Uuid, causes: Vec<FailureCause>) {
    spawn_local(async move { report(live, rest::retry(job_id, causes).await) });
}

fn report<T>(live: Live, result: Result<T, Problem>) {
    if let Err(problem) = result {
        engine::leave_if_signed_out(&problem);
        live.problem.set(Some(problem));
    }
}
