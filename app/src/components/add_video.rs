//! Adds one video by its URL.

use leptos::{ev::SubmitEvent, html, prelude::*};
use uuid::Uuid;

use super::submission::Submission;
use crate::{actions, live::LiveProgress};

/// A plain form. With script the page stays, and the field is ready for the next video.
#[component]
pub(crate) fn AddVideo(list_id: Uuid) -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    let field = NodeRef::<html::Input>::new();
    let form = Submission::new(None);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = field.get_untracked() else { return };
        form.send(actions::add_video(list_id, input.value()), move |answer| {
            if answer.is_ok() {
                input.set_value("");
                actions::on_stored(live);
            }
            Some(field)
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
                <button type="submit" disabled=form.busy>"Add"</button>
            </div>
            <p class="form-error" id="url-problem" role="alert">{form.refusal}</p>
        </form>
    }
}
