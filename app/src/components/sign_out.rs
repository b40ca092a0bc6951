//! The button that ends the session.

use leptos::prelude::*;

/// A plain form; by script the connection hears of it and ends first.
#[component]
pub fn SignOut(
    /// As it stands in the header.
    #[prop(optional)]
    quiet: bool,
) -> impl IntoView {
    view! {
        <form class="sign-out" method="post" action="/sign-out">
            <button type="submit" class:quiet=quiet>"Sign out"</button>
        </form>
    }
}
