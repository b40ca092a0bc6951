//! The menu of a list: rename, download, delete.

use leptos::prelude::*;

use crate::wire::{List, MAX_LIST_NAME_CHARS};

#[component]
pub(crate) fn ListMenu(list: List) -> impl IntoView {
    let List { id, name, .. } = list;
    view! {
        <details class="list-menu">
            <summary class="button">"Manage list"</summary>
            <div class="menu">
                <form method="post" action=format!("/lists/{id}/rename")>
                    <label for="rename">"New name"</label>
                    <div class="field-row">
                        <input id="rename" name="name" type="text" value=name required maxlength=MAX_LIST_NAME_CHARS.to_string() autocomplete="off"/>
                        <button type="submit">"Rename"</button>
                    </div>
                </form>
                <p class="export">
                    "Download as "
                    <a href=format!("/api/lists/{id}/export?format=csv") download rel="external">"CSV"</a>", "
                    <a href=format!("/api/lists/{id}/export?format=json") download rel="external">"JSON"</a>" or "
                    <a href=format!("/api/lists/{id}/export?format=html") download rel="external">"bookmarks"</a>
                </p>
                <details class="delete">
                    <summary>"Delete list…"</summary>
                    <form method="post" action=format!("/lists/{id}/delete")>
                        <p class="muted">"The list, its videos and its jobs will be deleted. This cannot be undone."</p>
                        <button class="danger" type="submit">"Delete permanently"</button>
                    </form>
                </details>
            </div>
        </details>
    }
}
