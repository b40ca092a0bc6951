//! The switch for notifications at the end of a job.

use leptos::{prelude::*, task::spawn_local};

use crate::actions;

/// Only there where the browser can; it asks for permission when it is turned on, and never before.
#[component]
pub fn NotifyToggle() -> impl IntoView {
    let state = RwSignal::new(None::<bool>);
    Effect::new(move |_| state.set(actions::notifying()));
    let turn = move |_| {
        let on = state.get_untracked() != Some(true);
        spawn_local(async move {
            let now = actions::set_notifying(on).await;
            state.try_set(Some(now));
        });
    };
    let pressed = move || (state.get() == Some(true)).to_string();
    let label = move || if state.get() == Some(true) { "Notifies at the end" } else { "Notify at the end" };
    view! { <button type="button" class="quiet notify-toggle" hidden=move || state.get().is_none() aria-pressed=pressed on:click=turn>{label}</button> }
}
