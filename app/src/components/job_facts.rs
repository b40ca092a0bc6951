//! When a job ran, how fast, and where it belongs.

use leptos::prelude::*;

use crate::{progress::Timeline, wire::Job, wording};

/// One line.
#[component]
pub fn JobFacts<'a>(job: &'a Job, timeline: &'a Timeline) -> impl IntoView + use<> {
    view! {
        <p class="job-facts soft num">
            <span>{format!("Started {}", wording::date_time(job.started_at.unwrap_or(job.created_at)))}</span>
            {job.ended_at.map(|at| view! { <span>{format!("Ended {}", wording::date_time(at))}</span> })}
            {timeline.per_minute.map(|rate| view! { <span>{wording::rate(rate)}</span> })}
            <a href=format!("/lists/{}", job.list_id)>"View list"</a>
            {job.retry_of.map(|origin| view! { <a href=format!("/jobs/{origin}")>"Retry of an earlier job"</a> })}
        </p>
    }
}
