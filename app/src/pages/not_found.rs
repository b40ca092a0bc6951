//! The page for an unknown address.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::page_status::PageStatus;

/// Sets the status to 404.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    PageStatus::set(404);
    view! {
        <Title text="Not found"/>
        <div class="empty-state">
            <h1>"There is nothing here"</h1>
            <p>"The address may be wrong, or the page may have been deleted."</p>
            <a class="button" href="/lists">"Go to your lists"</a>
        </div>
    }
}
