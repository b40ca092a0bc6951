//! One video more, by its address.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{actions, live::Live};

/// A plain form; by script the page stays, and the field is ready for the next.
#[component]
pub(crate) fn AddVideo(
    /// The list it goes into.
    list_id: Uuid,
) -> impl IntoView {
    let live = expect_context::<Live>();
    let field = NodeRef::<html::Input>::new();
    let refused = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            match actions::add_video(list_id, field.value()).await {
                Ok(()) => {
                    field.set_value("");
                    actions::stored(live);
                }
                Err(problem) if problem.is_signed_out() => actions::load_page("/sign-in"),
                Err(problem) => {
                    refused.try_set(Some(problem.detail));
                }
            }
            busy.try_set(false);
            // It may be gone by now; then there is nothing to point at.
            let _ = field.focus();
        });
    };
    view! {
        <form class="add-video" method="post" action=format!("/lists/{list_id}/videos") on:submit=submit>
            <label for="url">"Add one video"</label>
            <div class="field-row">
                <input
                    node_ref=field
                    id="url"
                    name="url"
                    type="text"
                    inputmode="url"
                    required
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="https://www.youtube.com/watch?v=…"
                    aria-describedby="url-problem"
                />
                <button type="submit" disabled=busy>"Add"</button>
            </div>
            <p class="problem" id="url-problem" role="alert">{refused}</p>
        </form>
    }
}
