//! Whether progress arrives: the mark that says so and keeps it so, and the banner that says when it does not.

use leptos::prelude::*;

use crate::{actions, live::Live, progress::Link};

/// A dot and a word while updates arrive. Its place is kept, so that nothing moves when it comes.
#[component]
pub(crate) fn ConnectionIndicator() -> impl IntoView {
    let live = expect_context::<Live>();
    Effect::new(move |_| actions::connect(live));
    view! {
        <span class="live-place">
            {move || (live.link.get() == Link::Live).then(|| view! { <span class="live" title="Progress arrives as it happens">"live"</span> })}
        </span>
    }
}

/// Seen while the link is lost. It is always there, so that screen readers know it as a place where something may be said.
#[component]
pub(crate) fn ConnectionBanner() -> impl IntoView {
    let live = expect_context::<Live>();
    let lost = Memo::new(move |_| matches!(live.link.get(), Link::Lost { .. }));
    let next_try = move || match live.link.get() {
        Link::Lost { seconds } if seconds > 0 => format!("next try in {seconds} s"),
        _ => "trying now".to_owned(),
    };
    view! {
        <div class="connection-banner notice" hidden=move || !lost.get()>
            // The countdown stands outside: read aloud every second it would drown everything else.
            <span role="status">{move || lost.get().then_some("Reconnecting to progress updates...")}</span>
            <span class="soft num">{next_try}</span>
            <button type="button" on:click=move |_| actions::reconnect_now()>"Retry now"</button>
        </div>
    }
}
