//! Says that progress is live, and keeps it so.

use leptos::prelude::*;

use crate::live::{Link, Live};

/// A dot and a word while updates arrive. Its place is kept, so that nothing moves when it comes.
#[component]
pub fn LiveMark() -> impl IntoView {
    let live = expect_context::<Live>();
    Effect::new(move |_| live.start());
    view! {
        <span class="live-place">
            {move || (live.link.get() == Link::Live).then(|| view! { <span class="live" title="Progress arrives as it happens">"live"</span> })}
        </span>
    }
}
