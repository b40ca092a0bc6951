//! A job's buttons: cancel while it runs; afterwards, on its card, retry and dismiss. Each is a plain form; with script the page stays.

use leptos::{ev::SubmitEvent, prelude::*};
use uuid::Uuid;

use crate::{
    actions,
    live::LiveProgress,
    wire::{JobStatus, ProgressUpdate},
};

#[component]
pub(crate) fn JobActions(
    #[prop(into)] state: Signal<ProgressUpdate>,
    /// On a card. The job's own page has a retry button per cause instead, and nothing to dismiss.
    #[prop(optional)]
    card: bool,
) -> impl IntoView {
    let live = expect_context::<LiveProgress>();
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

/// This runs on the server, too, which renders the buttons.
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

/// `None` if there is nothing to retry.
fn retry_label(state: &ProgressUpdate) -> Option<&'static str> {
    match state.status {
        JobStatus::Pending | JobStatus::Processing | JobStatus::Completed => None,
        JobStatus::Failed | JobStatus::Cancelled => Some("Retry the rest"),
        JobStatus::CompletedWithErrors => Some("Retry failed"),
    }
}
