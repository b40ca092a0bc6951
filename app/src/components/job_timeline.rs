//! A job's course, drawn: videos finished over time, failures as ticks, waiting as blocks.

use leptos::prelude::*;

use crate::{progress::Timeline, wire::Job, wording};

/// Not there before there is a course to draw.
#[component]
pub fn JobTimeline<'a>(job: &'a Job, timeline: Timeline) -> impl IntoView + use<> {
    let Timeline { line, failures, waits, seconds, .. } = timeline;
    if seconds == 0 {
        return None;
    }
    let took = wording::duration(seconds);
    let label = format!("{} of {} videos in {took}, {} failed", job.current_video, job.total_videos, job.failed_videos);
    let key = |class: &'static str, word: &'static str| view! { <span class=format!("key {class}")>{word}</span> };
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
            <p class="axis soft num">
                <span>{wording::time(job.created_at)}</span>
                {key("line", "finished")}
                {failed}
                {waited}
                <span>{format!("after {took}")}</span>
            </p>
        </section>
    })
}
