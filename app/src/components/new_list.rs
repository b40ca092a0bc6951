//! The form that makes a list.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};

use crate::actions;

/// A plain form; by script a refusal stands in the form, and what was typed is kept.
#[component]
pub(crate) fn NewList(
    /// What a plain form was refused for.
    problem: Option<String>,
) -> impl IntoView {
    let name = NodeRef::<html::Input>::new();
    let refused = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = name.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            match actions::create_list(field.value()).await {
                Ok(list_id) => actions::load_page(&format!("/lists/{list_id}")),
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
    let message = move || refused.get().or_else(|| problem.clone());
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
