//! Says why a job was not cancelled or tried again.

use leptos::prelude::*;

use crate::live::Live;

/// Shown until it is put away.
#[component]
pub fn ActionProblem() -> impl IntoView {
    let live = expect_context::<Live>();
    move || {
        live.problem.get().map(|problem| {
            view! {
                <div class="action-problem notice">
                    <span role="alert">{problem.detail}</span>
                    <button type="button" on:click=move |_| live.problem.set(None)>"Close"</button>
                </div>
            }
        })
    }
}
