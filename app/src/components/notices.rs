//! What concerns the whole tab, laid over the page's foot so that nothing moves when it comes or goes.

use leptos::prelude::*;

use crate::components::{ActionProblem, ConnectionBanner, VersionBanner};

/// The stack of them.
#[component]
pub fn Notices() -> impl IntoView {
    view! {
        <div class="notices">
            <ActionProblem/>
            <VersionBanner/>
            <ConnectionBanner/>
        </div>
    }
}
