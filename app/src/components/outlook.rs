//! When a running job will be done, or when its source is asked again.

use std::time::Duration;

use leptos::prelude::*;

use crate::{live, wire::ProgressUpdate, wording};

/// As it arrives it says a time of day; once alive it counts down.
#[component]
pub fn Outlook(#[prop(into)] state: Signal<ProgressUpdate>) -> impl IntoView {
    let now = RwSignal::new(None::<u64>);
    let waits = Memo::new(move |_| state.with(|state| state.retry_at.filter(|_| !state.status.is_terminal())));
    Effect::new(move |_| {
        if waits.get().is_none() {
            return;
        }
        let tick = move || {
            now.try_set(Some(live::now_ms()));
        };
        tick();
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || handle.clear());
        }
    });
    let text = move || match (waits.get(), now.get()) {
        (Some(at), Some(now)) => Some(wording::countdown(at, now)),
        _ => state.with(wording::outlook),
    };
    move || text().map(|text| view! { <span class="eta">{text}</span> })
}
