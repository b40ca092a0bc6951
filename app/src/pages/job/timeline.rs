//! A job's timeline as a drawing: finished videos over time, failures as ticks, waits as blocks. And in words: when it ran and how fast.

use leptos::prelude::*;

use crate::{progress::Timeline, wire::Job, wording};

/// Absent while there is nothing to draw.
#[component]
pub(crate) fn JobTimeline<'a>(job: &'a Job, timeline: Timeline) -> impl IntoView + use<> {
    let Timeline { line, failures, waits, seconds, .. } = timeline;
    if seconds == 0 {
        return None;
    }
    let took = wording::duration(seconds);
    let label = format!("{} of {} videos in {took}, {} failed", job.current_video, job.total_videos, job.failed_videos);
    let key = |class: &'static str, word: &'static str| view! { <span class=format!("legend-item {class}")>{word}</span> };
    let (failed, waited) = ((!failures.is_empty()).then(|| key("failures", "failed")), (!waits.is_empty()).then(|| key("waits", "waiting")));
    Some(view! {
        <section class="job-timeline" aria-labelledby="timeline">
            <h2 id="timeline">"Timeline"</h2>
            <svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label=label>
                <path class="waits" d=waits></path>
                <path class="area" d=format!("{line}V1000H0Z")></path>
                <path class="line" d=line></path>
                <path class="failures" d=failures></path>
            </svg>
            <p class="axis muted tabular-nums">
                <span>{wording::time(job.created_at)}</span>
                {key("line", "finished")}
                {failed}
                {waited}
                <span>{format!("after {took}")}</span>
            </p>
        </section>
    })
}

#[component]
pub(crate) fn JobFacts<'a>(job: &'a Job, timeline: &'a Timeline) -> impl IntoView + use<> {
    view! {
        <p class="job-facts muted tabular-nums">
            <span>{format!("Started {}", wording::date_time(job.started_at.unwrap_or(job.created_at)))}</span>
            {job.ended_at.map(|at| view! { <span>{format!("Ended {}", wording::date_time(at))}</span> })}
            {timeline.per_minute.map(|rate| view! { <span>{wording::rate(rate)}</span> })}
            <a href=format!("/lists/{}", job.list_id)>"View list"</a>
            {job.retry_of.map(|origin| view! { <a href=format!("/jobs/{origin}")>"Retry of an earlier job"</a> })}
        </p>
    }
}
