//! What stands where data is on its way. It stays invisible for a moment, so that a quick answer does not flash.

use leptos::prelude::*;

/// A quiet line.
#[component]
pub fn Loading() -> impl IntoView {
    view! { <p class="loading soft">"Loading…"</p> }
}
