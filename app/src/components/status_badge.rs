//! A status as a word on its colour.

use leptos::prelude::*;

use crate::wire::JobStatus;

/// The colour comes from `data-status` in the style sheet; it never stands alone.
#[component]
pub fn StatusBadge(#[prop(into)] status: Signal<JobStatus>) -> impl IntoView {
    view! { <span class="badge" data-status=move || status.get().as_str()>{move || status.get().label()}</span> }
}
