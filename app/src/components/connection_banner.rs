//! Says that progress is not arriving, when it will be tried again, and lets it be tried at once.

use leptos::prelude::*;

use crate::live::{Link, Live};

/// Shown while the link is lost; nothing otherwise.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let live = expect_context::<Live>();
    let lost = Memo::new(move |_| matches!(live.link.get(), Link::Lost { .. }));
    let next_try = move || match live.link.get() {
        Link::Lost { seconds } if seconds > 0 => format!("next try in {seconds} s"),
        _ => "trying now".to_owned(),
    };
    move || {
        lost.get().then(|| {
            view! {
                <div class="connection-banner notice">
                    // The countdown stands outside: read aloud every second it would drown everything else.
                    <span role="status">"Reconnecting to progress updates..."</span>
                    <span class="soft num">{next_try}</span>
                    <button type="button" on:click=move |_| live.retry_now()>"Retry now"</button>
                </div>
            }
        })
    }
}
