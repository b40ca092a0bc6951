//! A job's status, error and estimated time.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    browser::page,
    wire::{JobStatus, ProgressUpdate, WaitingReason},
    wording,
};

/// `data-status` selects the colour, which is never the only sign.
#[component]
pub(crate) fn StatusBadge(#[prop(into)] status: Signal<JobStatus>) -> impl IntoView {
    view! { <span class="badge" data-status=move || status.get().as_str()>{move || status.get().label()}</span> }
}

/// What the job says. A time in it is UTC as the server renders it, because that does not know the viewer's zone, and local once hydrated.
#[component]
pub(crate) fn JobMessage(#[prop(into)] state: Signal<ProgressUpdate>) -> impl IntoView {
    let retry_at = Memo::new(move |_| state.with(|state| state.retry_at.filter(|_| state.waiting_reason == Some(WaitingReason::Quota))));
    let local_time = RwSignal::new(None::<String>);
    Effect::new(move |_| local_time.set(retry_at.get().map(page::local_time)));
    move || state.with(|state| local_time.with(|local_time| wording::message(state, local_time.as_deref())))
}

/// The server renders a time of day; once hydrated, it counts down.
#[component]
pub(crate) fn EtaLabel(#[prop(into)] state: Signal<ProgressUpdate>) -> impl IntoView {
    let now = RwSignal::new(None::<u64>);
    let waits = Memo::new(move |_| state.with(|state| state.retry_at.filter(|_| !state.status.is_terminal())));
    let is_for_quota = Memo::new(move |_| state.with(|state| state.waiting_reason == Some(WaitingReason::Quota)));
    Effect::new(move |_| {
        if waits.get().is_none() {
            return;
        }
        let tick = move || {
            now.try_set(Some(page::now_ms()));
        };
        tick();
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
    let text = move || match (waits.get(), now.get()) {
        (Some(at), Some(now)) if !is_for_quota.get() => Some(wording::countdown(at, now)),
        _ => state.with(wording::eta_label),
    };
    move || text().map(|text| view! { <span class="eta">{text}</span> })
}

/// The job's own error, else that of its newest failed video.
pub(crate) fn displayed_error(state: &ProgressUpdate) -> Option<String> {
    state.error.clone().or_else(|| state.last_error.as_ref().map(|last| last.text.clone()))
}
