//! Signals to the other processes after a commit. They may be lost: the other processes also check the database regularly. Whatever sends
//! them runs in [`AppState::run_to_completion`], so that they are sent even if the client has left.

use app::wire::ProgressUpdate;
use uuid::Uuid;

use crate::{bus::Signal, state::AppState};

/// Publishes a new job's first state, and wakes up workers.
pub(super) async fn job_created(state: &AppState, user_id: Uuid, pending: &ProgressUpdate) {
    state.publisher.publish(user_id, pending);
    work_waiting(state).await;
}

/// Wakes up workers, which otherwise notice at their next poll.
pub(super) async fn work_waiting(state: &AppState) {
    send(state, &[Signal::WorkWaiting]).await;
}

/// Closes the sessions' sockets.
pub(super) async fn sessions_ended(state: &AppState, session_ids: &[Uuid]) {
    let signals: Vec<Signal> = session_ids.iter().map(|&session_id| Signal::SessionEnded { session_id }).collect();
    send(state, &signals).await;
}

/// Removes the jobs' cards in all tabs.
pub(super) async fn jobs_removed(state: &AppState, user_id: Uuid, job_ids: Vec<Uuid>) {
    if !job_ids.is_empty() {
        send(state, &[Signal::JobsRemoved { user_id, job_ids }]).await;
    }
}

/// Removes the job's card in all tabs.
pub(super) async fn job_dismissed(state: &AppState, user_id: Uuid, job_id: Uuid) {
    send(state, &[Signal::JobDismissed { user_id, job_id }]).await;
}

async fn send(state: &AppState, signals: &[Signal]) {
    for signal in signals {
        if let Err(error) = state.bus.signal(signal).await {
            // The rest would fail as well, each after its own timeout.
            tracing::warn!(%error, ?signal, "a signal could not be sent");
            return;
        }
    }
}
