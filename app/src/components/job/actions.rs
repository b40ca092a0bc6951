//! What can be done with a job: cancel it while it runs; on its card, afterwards, try the rest again or put the card away.
//! Each is a plain form; by script nothing is loaded anew.

use leptos::{ev::SubmitEvent, prelude::*};
use uuid::Uuid;

use crate::{
    actions,
    live::Live,
    wire::{JobStatus, ProgressUpdate},
};

/// The buttons of a job's state.
#[component]
pub(crate) fn JobActions(
    /// The job's newest state.
    #[prop(into)]
    state: Signal<ProgressUpdate>,
    /// On a card. The job's own page has a button for each cause instead, and nothing to put away.
    #[prop(optional)]
    card: bool,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let job_id = state.with_untracked(|state| state.job_id);
    let active = Memo::new(move |_| state.with(|state| !state.status.is_terminal()));
    let retry = Memo::new(move |_| state.with(retry_label).filter(|_| card));
    view! {
        <div class="job-actions">
            {move || {
                keep_focus(job_id);
                active.get().then(|| view! { <JobButton job_id verb="cancel" label="Cancel" act=move || actions::cancel_job(live, job_id)/> })
            }}
            {move || retry.get().map(|label| view! { <JobButton job_id verb="retry" label act=move || actions::retry_job(live, job_id, Vec::new())/> })}
            {move || {
                let dismiss = move || {
                    keep_focus(job_id);
                    actions::dismiss_job(live, job_id);
                };
                (card && !active.get()).then(|| view! { <JobButton job_id verb="dismiss" label="Dismiss" act=dismiss/> })
            }}
        </div>
    }
}

/// The server renders these buttons, too.
fn keep_focus(job_id: Uuid) {
    if cfg!(feature = "browser") {
        actions::keep_focus(job_id);
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
fn retry_label(state: &ProgressUpdate) -> Option<&'static str> {
    match state.status {
        JobStatus::Pending | JobStatus::Processing | JobStatus::Completed => None,
        JobStatus::Failed | JobStatus::Cancelled => Some("Retry the rest"),
        JobStatus::CompletedWithErrors => Some("Retry failed"),
    }
}
