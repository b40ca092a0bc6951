//! A job in the list of all jobs.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{JobMessage, ProgressBar, StatusBadge};
use crate::{
    live::LiveProgress,
    progress::Card,
    wire::{Job, ProgressUpdate},
    wording,
};

/// The newest state of a job: first the rendered one, then the board's if it is not older.
pub(super) fn live_card(rendered_state: ProgressUpdate) -> Signal<Card> {
    let live = expect_context::<LiveProgress>();
    let job_id = rendered_state.job_id;
    let newest = RwSignal::new(Card { state: rendered_state, failures: Vec::new() });
    // In an effect, so after hydration: the board may already have a newer state than the one rendered.
    Effect::new(move |_| {
        let on_board = live.board.with(|board| board.card(job_id).cloned());
        if let Some(card) = on_board.filter(|card| newest.with_untracked(|shown| card.state.seq >= shown.state.seq && card != shown)) {
            newest.set(card);
        }
    });
    newest.into()
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobRowData {
    pub source_name: String,
    /// When the job was created, as text.
    pub when: String,
    /// The state at the time the page was rendered.
    pub state: ProgressUpdate,
}

impl From<Job> for JobRowData {
    fn from(Job { source_name, created_at, state, .. }: Job) -> Self {
        Self { source_name, when: wording::date_time(created_at), state }
    }
}

#[component]
pub(crate) fn JobRow(job: JobRowData) -> impl IntoView {
    let JobRowData { source_name, when, state } = job;
    let id = state.job_id;
    let card = live_card(state);
    let status = Memo::new(move |_| card.with(|card| card.state.status));
    let state = Signal::derive(move || card.with(|card| card.state.clone()));
    view! {
        <article class="job-row" data-job-id=id.to_string() data-status=move || status.get().as_str()>
            <h2><a href=format!("/jobs/{id}") dir="auto">{source_name.clone()}</a></h2>
            <StatusBadge status/>
            <ProgressBar card label=source_name/>
            <p class="muted message" dir="auto"><JobMessage state/></p>
            <p class="muted tabular-nums when">{when}</p>
        </article>
    }
}
