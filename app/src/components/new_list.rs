//! The form that makes a list.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;

use crate::actions;

/// A plain form; by script the new list opens without loading a document.
#[component]
pub fn NewList(
    /// What a plain form was refused for.
    problem: Signal<Option<&'static str>>,
) -> impl IntoView {
    let name = NodeRef::<html::Input>::new();
    let refused = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = name.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        let navigate = navigate.clone();
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            match actions::create_list(field.value()).await {
                Ok(list) => navigate(&format!("/lists/{}", list.id), leptos_router::NavigateOptions::default()),
                Err(problem) if problem.is_signed_out() => actions::load_page("/sign-in"),
                Err(problem) => {
                    refused.try_set(Some(problem.detail));
                    // It may be gone by now; then there is nothing to point at.
                    let _ = field.focus();
                }
            }
            busy.try_set(false);
        });
    };
    let message = move || refused.get().or_else(|| problem.get().map(str::to_owned));
    view! {
        <form class="new-list" method="post" action="/lists" on:submit=submit>
            <label for="name">"Name of the new list"</label>
            <div class="field-row">
                <input node_ref=name id="name" name="name" type="text" required maxlength="150" autocomplete="off" aria-describedby="name-problem"/>
                <button class="main" type="submit" disabled=busy>"Create list"</button>
            </div>
            <p class="problem" id="name-problem" role="alert">{message}</p>
        </form>
    }
}
