//! The state of the connection: an indicator while it is live, a banner while it is lost.

use leptos::prelude::*;

use crate::{actions, live::LiveProgress, progress::ConnectionStatus};

/// Opens the connection. Its space is reserved, so that nothing moves when it appears.
#[component]
pub(crate) fn ConnectionIndicator() -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    Effect::new(move |_| actions::connect(live));
    view! {
        <span class="connection-slot">
            {move || (live.connection.get() == ConnectionStatus::Live).then(|| view! { <span class="connection-indicator" title="Progress is updated live">"live"</span> })}
        </span>
    }
}

/// Always in the document, so that screen readers know it as a live region; visible while the connection is lost.
#[component]
pub(crate) fn ConnectionBanner() -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    let lost = Memo::new(move |_| matches!(live.connection.get(), ConnectionStatus::Lost { .. }));
    let next_try = move || match live.connection.get() {
        ConnectionStatus::Lost { seconds } if seconds > 0 => format!("next try in {seconds} s"),
        _ => "trying now".to_owned(),
    };
    view! {
        <div class="connection-banner notice" hidden=move || !lost.get()>
            // The countdown is outside of the live region: it would be read aloud every second.
            <span role="status">{move || lost.get().then_some("Reconnecting to progress updates...")}</span>
            <span class="muted tabular-nums">{next_try}</span>
            <button type="button" on:click=move |_| actions::reconnect_now()>"Retry now"</button>
        </div>
    }
}
