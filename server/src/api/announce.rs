//! What the other processes are told after a commit. The bus is a hint: where it fails, their own re-checks make it good.

use app::wire::ProgressUpdate;
use uuid::Uuid;

use crate::{bus::Signal, state::AppState};

/// A job was stored: its first state goes out, and workers need not wait for their next look.
pub(super) async fn job_stored(state: &AppState, user_id: Uuid, pending: &ProgressUpdate) {
    state.publisher.publish(user_id, pending);
    work_waiting(state).await;
}

/// Workers need not wait for their next look.
pub(super) async fn work_waiting(state: &AppState) {
    send(state, &[Signal::WorkWaiting]).await;
}

/// Sessions ended: their sockets close.
pub(super) async fn sessions_ended(state: &AppState, session_ids: &[Uuid]) {
    let signals: Vec<Signal> = session_ids.iter().map(|&session_id| Signal::SessionEnded { session_id }).collect();
    send(state, &signals).await;
}

/// Jobs are gone: their cards go in every tab.
pub(super) async fn jobs_removed(state: &AppState, user_id: Uuid, job_ids: &[Uuid]) {
    let signals: Vec<Signal> = job_ids.iter().map(|&job_id| Signal::JobRemoved { user_id, job_id }).collect();
    send(state, &signals).await;
}

/// A card was put away.
pub(super) async fn job_dismissed(state: &AppState, user_id: Uuid, job_id: Uuid) {
    send(state, &[Signal::JobDismissed { user_id, job_id }]).await;
}

async fn send(state: &AppState, signals: &[Signal]) {
    for signal in signals {
        if let Err(error) = state.bus.signal(signal).await {
            // The rest would fail as well, each after a wait of its own.
            tracing::warn!(%error, ?signal, "a signal was lost");
            return;
        }
    }
}
