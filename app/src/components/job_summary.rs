//! A job at the top of its own page.

use leptos::prelude::*;

use super::{job_card::error_of, job_row::newest};
use crate::{
    components::{JobActions, ProgressBar, StatusBadge},
    progress::Card,
    wire::Job,
    wording,
};

/// Bar, message, counts and what can be done.
#[component]
pub fn JobSummary(
    /// The job, fetched again as it moves.
    job: RwSignal<Job>,
    /// What a plain form was refused for.
    problem: Option<String>,
) -> impl IntoView {
    let (id, list_id, retry_of) = job.with_untracked(|job| (job.id, job.list_id, job.retry_of));
    let label = job.with_untracked(|job| job.source_name.clone());
    let card = newest(id, Signal::derive(move || Card { state: job.with(|job| job.state.clone()), failures: Vec::new() }));
    let state = Memo::new(move |_| card.with(|card| card.state.clone()));
    let status = Memo::new(move |_| state.with(|state| state.status));
    let error = Memo::new(move |_| state.with(error_of));
    view! {
        <article class="job-summary" data-job-id=id.to_string() data-status=move || status.get().as_str()>
            <header>
                <b class="message">{move || state.with(|state| state.message.clone())}</b>
                <span class="percent num">{move || state.with(|state| format!("{}%", state.progress))}</span>
            </header>
            <ProgressBar card label tall=true/>
            <div class="note-line">
                {move || error.get().map(|text| view! { <p class="error-note"><b>"Error: "</b>{text}</p> })}
            </div>
            <footer>
                <p class="facts num">
                    <span>{move || state.with(|state| format!("{}/{} videos", state.current_video, state.total_videos))}</span>
                    <span>{move || state.with(|state| format!("{} failed", state.failed_videos.unwrap_or(0)))}</span>
                    {move || state.with(wording::outlook).map(|text| view! { <span class="eta">{text}</span> })}
                </p>
                <StatusBadge status/>
                <JobActions state/>
            </footer>
        </article>
        <p class="problem" role="alert">{problem}</p>
        <p class="job-facts soft num">
            <span>{move || job.with(|job| format!("Started {}", wording::date_time(job.started_at.unwrap_or(job.created_at))))}</span>
            {move || job.with(|job| job.ended_at).map(|at| view! { <span>{format!("Ended {}", wording::date_time(at))}</span> })}
            <a href=format!("/lists/{list_id}")>"View list"</a>
            {retry_of.map(|origin| view! { <a href=format!("/jobs/{origin}")>"Retry of an earlier job"</a> })}
        </p>
    }
}
