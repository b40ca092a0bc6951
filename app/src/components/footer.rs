//! The bottom of every page.

use leptos::prelude::*;

use crate::backend::Instance;

/// Says which version this is, and that a demo is one.
#[component]
pub fn Footer() -> impl IntoView {
    let Instance { version, demo, .. } = expect_context();
    view! {
        <footer class="site-footer">
            {demo.then(|| view! { <p class="demo-note">"Demo: titles are invented, nothing is looked up at YouTube."</p> })}
            <p>{format!("Playmarks {version}")}</p>
        </footer>
    }
}
