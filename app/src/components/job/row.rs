//! A job among all jobs: what it read, where it stands, live while it runs.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ProgressBar, StatusBadge};
use crate::{
    live::Live,
    progress::Card,
    wire::{Job, ProgressUpdate},
    wording,
};

/// The newest state of a job: the one it came with, then the board's; never back from a later one.
pub(super) fn newest(came_with: ProgressUpdate) -> Signal<Card> {
    let live = expect_context::<Live>();
    let job_id = came_with.job_id;
    let newest = RwSignal::new(Card { state: came_with, failures: Vec::new() });
    // Not before the island is awake: it may be woken when the board knows more than the server had rendered.
    Effect::new(move |_| {
        let on_board = live.board.with(|board| board.card(job_id).cloned());
        if let Some(card) = on_board.filter(|card| newest.with_untracked(|shown| card.state.seq >= shown.state.seq && card != shown)) {
            newest.set(card);
        }
    });
    newest.into()
}

/// What a row knows of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobRowData {
    /// What it read.
    pub source_name: String,
    /// When it was stored, in words.
    pub when: String,
    /// Its state as the page arrived.
    pub state: ProgressUpdate,
}

impl From<Job> for JobRowData {
    fn from(Job { source_name, created_at, state, .. }: Job) -> Self {
        Self { source_name, when: wording::date_time(created_at), state }
    }
}

/// One line of the list of jobs.
#[component]
pub(crate) fn JobRow(job: JobRowData) -> impl IntoView {
    let JobRowData { source_name, when, state } = job;
    let id = state.job_id;
    let card = newest(state);
    let status = Memo::new(move |_| card.with(|card| card.state.status));
    view! {
        <article class="job-row" data-job-id=id.to_string() data-status=move || status.get().as_str()>
            <h2><a href=format!("/jobs/{id}")>{source_name.clone()}</a></h2>
            <StatusBadge status/>
            <ProgressBar card label=source_name/>
            <p class="soft message">{move || card.with(|card| card.state.message.clone())}</p>
            <p class="soft num when">{when}</p>
        </article>
    }
}
