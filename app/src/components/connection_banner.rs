//! Says that progress is not arriving, when it will be tried again, and lets it be tried at once.

use leptos::prelude::*;

use crate::live::{Link, Live};

/// Seen while the link is lost. It is always there, so that screen readers know it as a place where something may be said.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
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
            <button type="button" on:click=move |_| live.retry_now()>"Retry now"</button>
        </div>
    }
}
