//! What can be done with a job: cancel it while it runs; afterwards try the rest again, or put the card away.
//! Each is a plain form; by script nothing is loaded anew.

use leptos::{ev::SubmitEvent, prelude::*};
use uuid::Uuid;

use crate::{
    live::Live,
    wire::{JobStatus, ProgressUpdate},
};

/// The buttons of a job's state.
#[component]
pub fn JobActions(
    /// The job's newest state.
    #[prop(into)]
    state: Signal<ProgressUpdate>,
    /// On a card, which can be put away; there the number of failures stands beside the button already.
    #[prop(optional)]
    card: bool,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let job_id = state.with_untracked(|state| state.job_id);
    let active = Memo::new(move |_| state.with(|state| !state.status.is_terminal()));
    let retry = Memo::new(move |_| state.with(|state| retry_label(state, card)));
    view! {
        <div class="job-actions">
            {move || active.get().then(|| view! { <JobButton job_id verb="cancel" label="Cancel" act=move || live.cancel(job_id)/> })}
            {move || retry.get().map(|label| view! { <JobButton job_id verb="retry" label act=move || live.retry(job_id, Vec::new())/> })}
            {move || {
                (card && !active.get()).then(|| view! { <JobButton job_id verb="dismiss" label="Dismiss" act=move || live.dismiss(job_id)/> })
            }}
        </div>
    }
}

#[component]
fn JobButton(job_id: Uuid, verb: &'static str, #[prop(into)] label: String, act: impl Fn() + 'static) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        act();
    };
    view! {
        <form method="post" action=format!("/jobs/{job_id}/{verb}") on:submit=submit>
            <button type="submit" class="quiet">{label}</button>
        </form>
    }
}

/// What trying again would do; `None` where there is nothing to try.
fn retry_label(state: &ProgressUpdate, card: bool) -> Option<String> {
    let failed = state.failed_videos.unwrap_or(0);
    match state.status {
        JobStatus::Pending | JobStatus::Processing | JobStatus::Completed => None,
        _ if failed > 0 && card => Some("Retry failed".to_owned()),
        _ if failed > 0 => Some(format!("Retry {failed} failed")),
        JobStatus::Failed | JobStatus::Cancelled => Some("Retry the rest".to_owned()),
        JobStatus::CompletedWithErrors => Some("Retry failed".to_owned()),
    }
}
