//! The form that creates a list.

use leptos::{ev::SubmitEvent, html, prelude::*};

use super::submission::Submission;
use crate::{actions, wire::MAX_LIST_NAME_CHARS};

/// A plain form. With script a refusal is shown in the form, and the input is kept.
#[component]
pub(crate) fn NewList(
    /// Why the form was rejected when it was submitted without script.
    problem: Option<String>,
) -> impl IntoView {
    let name = NodeRef::<html::Input>::new();
    let form = Submission::new(problem);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = name.get_untracked() else { return };
        form.send(actions::create_list(field.value()), move |answer| match answer {
            Ok(list_id) => {
                actions::load_page(&format!("/lists/{list_id}"));
                None
            }
            Err(_) => Some(name),
        });
    };
    view! {
        <form class="new-list" method="post" action="/lists" on:submit=submit>
            <label for="name">"Name of the new list"</label>
            <div class="field-row">
                <input node_ref=name id="name" name="name" type="text" required maxlength=MAX_LIST_NAME_CHARS.to_string() autocomplete="off" aria-describedby="name-problem"/>
                <button class="primary" type="submit" disabled=form.busy>"Create list"</button>
            </div>
            <p class="form-error" id="name-problem" role="alert">{form.refusal}</p>
        </form>
    }
}
