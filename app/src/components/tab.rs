//! What concerns the whole tab: its title, what a screen reader hears, and the notices over the page's foot.

use leptos::prelude::*;

use crate::{
    actions,
    components::{Announcer, Notices},
    live::Live,
    wording,
};

/// Once on every page.
#[component]
pub fn Tab() -> impl IntoView {
    let live = expect_context::<Live>();
    let running = Memo::new(move |_| live.board.with(wording::running));
    Effect::new(move |_| actions::show_icon(running.get()));
    Effect::new(|_| actions::delegate());
    // Before the title that came with the page; only the browser runs effects.
    Effect::new(move |before: Option<String>| {
        let title = document().title();
        let page = before.as_deref().and_then(|before| title.strip_prefix(before)).unwrap_or(&title);
        let progress = running.get().map(wording::title_progress).unwrap_or_default();
        document().set_title(&format!("{progress}{page}"));
        progress
    });
    view! {
        <Announcer/>
        <Notices/>
    }
}
