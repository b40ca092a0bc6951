//! The button that ends the session.

use leptos::prelude::*;

use crate::live::Live;

/// A plain form; by script the connection is closed first, so that it does not try to come back.
#[component]
pub fn SignOut(
    /// As it stands in the header.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    let live = expect_context::<Live>();
    view! {
        <form class="sign-out" method="post" action="/sign-out" on:submit=move |_| live.stop()>
            <button type="submit" class:quiet=quiet>"Sign out"</button>
        </form>
    }
}
