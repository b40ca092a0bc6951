//! Says that the server is newer than this page.

use leptos::prelude::*;

use crate::{actions, live::Live};

/// Shown when a heartbeat named another version; reloading is left to the reader, who may be in the middle of something.
#[component]
pub fn VersionBanner() -> impl IntoView {
    let live = expect_context::<Live>();
    move || {
        live.new_version.get().then(|| {
            view! {
                <div class="version-banner notice">
                    <span role="status">"A new version is ready"</span>
                    <button type="button" on:click=move |_| actions::reload()>"Reload"</button>
                </div>
            }
        })
    }
}
