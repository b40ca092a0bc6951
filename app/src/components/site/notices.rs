//! Notices that concern the whole tab, laid over the bottom of the page so that nothing moves.

use leptos::prelude::*;

use super::ConnectionBanner;
use crate::{actions, live::LiveProgress};

#[component]
pub(crate) fn Notices() -> impl IntoView {
    view! {
        <div class="notices">
            <ActionProblem/>
            <VersionBanner/>
            <ConnectionBanner/>
        </div>
    }
}

/// Shown until the user closes it.
#[component]
fn ActionProblem() -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    move || {
        live.problem.get().map(|problem| {
            view! {
                <div class="action-error notice">
                    <span role="alert">{problem.detail}</span>
                    <button type="button" on:click=move |_| live.problem.set(None)>"Close"</button>
                </div>
            }
        })
    }
}

/// Reloading is left to the user, who may be in the middle of something.
#[component]
fn VersionBanner() -> impl IntoView {
    let live = expect_context::<LiveProgress>();
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
