//! What concerns the whole tab: title, icon, announcements to screen readers, notices.

use std::collections::HashMap;

use leptos::prelude::*;
use uuid::Uuid;

use super::notices::Notices;
use crate::{
    actions,
    live::LiveProgress,
    wire::{JobStatus, ProgressUpdate},
    wording,
};

#[component]
pub(crate) fn Tab() -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    let running = Memo::new(move |_| live.board.with(wording::running));
    Effect::new(move |_| actions::show_icon(running.get()));
    Effect::new(|_| actions::delegate());
    // The progress is put before the page's own title.
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

/// The status and the quarter of its progress that were last announced for each job.
type Announced = HashMap<Uuid, (JobStatus, u8)>;

/// A visually hidden live region. A new job is not announced, because whoever started it knows.
#[component]
fn Announcer() -> impl IntoView {
    let live = expect_context::<LiveProgress>();
    let (news, set_news) = signal(String::new());
    Effect::new(move |announced: Option<Announced>| {
        let mut now = Announced::new();
        let mut sentences = Vec::new();
        live.board.with(|board| {
            for id in board.jobs() {
                let Some(card) = board.card(id) else { continue };
                let state = &card.state;
                let mark = (state.status, state.progress / 25);
                if announced.as_ref().and_then(|announced| announced.get(&id)).is_some_and(|announced| *announced != mark) {
                    let sentence = sentence(state);
                    if state.status.is_terminal() {
                        actions::notify(&sentence);
                    }
                    sentences.push(sentence);
                }
                now.insert(id, mark);
            }
        });
        if !sentences.is_empty() {
            set_news.set(sentences.join(" "));
        }
        now
    });
    view! { <p class="visually-hidden" aria-live="polite">{news}</p> }
}

fn sentence(state: &ProgressUpdate) -> String {
    if state.status.is_terminal() {
        format!("{}.", state.message)
    } else {
        format!("{}: {} percent of {} videos.", state.status.label(), state.progress, state.total_videos)
    }
}
