//! Choosing or dropping files, and pasting links as if they were one.

use leptos::{ev, html, prelude::*};

use crate::actions::{self, ChosenFiles, DroppedFiles, ImportTarget};

/// A plain form. With script the files are previewed as soon as they are chosen.
#[component]
pub(crate) fn DropZone(into: ImportTarget, preview_files: Callback<Option<ChosenFiles>>, preview_dropped: Callback<DroppedFiles>) -> impl IntoView {
    let over = RwSignal::new(false);
    let drag = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    let drop = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(dropped) = DroppedFiles::new(&event) {
            preview_dropped.run(dropped);
        }
    };
    view! {
        <form
            class="drop-zone"
            class:drag-over=over
            method="post"
            action=into.form()
            enctype="multipart/form-data"
            on:dragover=drag
            on:dragleave=move |_| over.set(false)
            on:drop=drop
        >
            <p>
                <b class="js-only">{if into.allows_multiple() { "Drop files or a folder here" } else { "Drop a file here" }}</b>
                <span class="muted">{into.accepted_formats()}</span>
            </p>
            <span class="file-picker">
                <input
                    class="visually-hidden"
                    type="file"
                    id="file"
                    name="file"
                    required
                    multiple=into.allows_multiple()
                    on:change=move |event| preview_files.run(actions::chosen_files(&event))
                />
                <label class="button primary" for="file">{if into.allows_multiple() { "Choose files" } else { "Choose file" }}</label>
            </span>
            <button class="no-js-only" type="submit">"Upload"</button>
        </form>
    }
}

/// Only with script: a plain form cannot send the text as a file.
#[component]
pub(crate) fn PasteLinks(send: Callback<Option<ChosenFiles>>) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let paste = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked().filter(|field| !field.value().trim().is_empty()) else { return };
        send.run(actions::pasted_file(&field.value()));
        field.set_value("");
    };
    view! {
        <details class="paste-links js-only">
            <summary>"Paste links instead"</summary>
            <form on:submit=paste>
                <label for="links">"Links or video ids, one per line"</label>
                <textarea node_ref=field id="links" rows="5" spellcheck="false"></textarea>
                <button type="submit">"Preview"</button>
            </form>
        </details>
    }
}
