//! Something to try for somebody who has no file at hand.

use leptos::prelude::*;

/// A plain form that makes a list of open films.
#[component]
pub fn SampleList() -> impl IntoView {
    view! {
        <form class="sample-list" method="post" action="/lists/sample">
            <button type="submit">"Try it with a sample"</button>
            <span class="soft">"Fourteen films that anybody may watch, in a list of their own."</span>
        </form>
    }
}
