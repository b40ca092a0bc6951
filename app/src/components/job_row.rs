//! A job among all jobs: what it read, where it stands, live while it runs.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    components::{ProgressBar, StatusBadge},
    live::Live,
    progress::Card,
    wire::{Job, ProgressUpdate},
    wording,
};

/// The newest state of a job: the board's, else the one it came with; never back from a later one.
pub(super) fn newest(job_id: Uuid, came_with: Signal<Card>) -> Memo<Card> {
    let live = expect_context::<Live>();
    Memo::new(move |before: Option<&Card>| {
        let came_with = came_with.get();
        let on_board = live.board.with(|board| board.card(job_id).cloned());
        let candidates = [before.cloned(), on_board];
        candidates.into_iter().flatten().fold(came_with, |best, card| if card.state.seq >= best.state.seq { card } else { best })
    })
}

/// What a row knows of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobLine {
    /// What it read.
    pub source_name: String,
    /// When it was stored, in words.
    pub when: String,
    /// Its state as the page arrived.
    pub state: ProgressUpdate,
}

impl From<Job> for JobLine {
    fn from(Job { source_name, created_at, state, .. }: Job) -> Self {
        Self { source_name, when: wording::date_time(created_at), state }
    }
}

/// One line of the list of jobs.
#[component]
pub fn JobRow(job: JobLine) -> impl IntoView {
    let JobLine { source_name, when, state } = job;
    let id = state.job_id;
    let card = newest(id, Signal::stored(Card { state, failures: Vec::new() }));
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
