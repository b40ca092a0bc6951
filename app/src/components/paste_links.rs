//! Links from the clipboard, as if they were a file.

use leptos::{ev, html, prelude::*};

use crate::actions::{self, ChosenFile};

/// A field for links; only by script, because a plain form has no way to send it as a file.
#[component]
pub fn PasteLinks(send: Callback<Option<ChosenFile>>) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let paste = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked().filter(|field| !field.value().trim().is_empty()) else { return };
        send.run(actions::pasted_file(&field.value()));
        field.set_value("");
    };
    view! {
        <details class="paste-links scripted">
            <summary>"Paste links instead"</summary>
            <form on:submit=paste>
                <label for="links">"Links or video ids, one a line"</label>
                <textarea node_ref=field id="links" rows="5" spellcheck="false"></textarea>
                <button type="submit">"Preview"</button>
            </form>
        </details>
    }
}
