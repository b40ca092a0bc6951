//! The summary at the top of a job's page.

use leptos::prelude::*;

use super::{EtaLabel, JobActions, JobMessage, ProgressBar, StatusBadge, displayed_error, row::live_card};
use crate::wire::ProgressUpdate;

#[component]
pub(crate) fn JobSummary(
    source_name: String,
    /// The state at the time the page was rendered.
    state: ProgressUpdate,
) -> impl IntoView {
    let id = state.job_id;
    let card = live_card(state);
    let state = Memo::new(move |_| card.with(|card| card.state.clone()));
    let status = Memo::new(move |_| state.with(|state| state.status));
    let error = Memo::new(move |_| state.with(displayed_error));
    view! {
        <article class="job-summary" data-job-id=id.to_string() data-status=move || status.get().as_str()>
            <header>
                <b class="message"><JobMessage state/></b>
                <span class="percent tabular-nums">{move || state.with(|state| format!("{}%", state.progress))}</span>
            </header>
            <ProgressBar card label=source_name tall=true/>
            <div class="note-line">
                {move || error.get().map(|text| view! { <p class="error-note"><b>"Error: "</b>{text}</p> })}
            </div>
            <footer>
                <p class="facts tabular-nums">
                    <span>{move || state.with(|state| format!("{}/{} videos", state.current_video, state.total_videos))}</span>
                    <span>{move || state.with(|state| format!("{} failed", state.failed_videos.unwrap_or(0)))}</span>
                    <EtaLabel state/>
                </p>
                <StatusBadge status/>
                <JobActions state/>
            </footer>
        </article>
    }
}
