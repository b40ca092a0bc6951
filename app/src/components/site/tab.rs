//! What concerns the whole tab: its title, what a screen reader hears, and the notices over the page's foot.

use std::collections::HashMap;

use leptos::prelude::*;
use uuid::Uuid;

use super::notices::Notices;
use crate::{
    actions,
    live::Live,
    wire::{JobStatus, ProgressUpdate},
    wording,
};

/// Once on every page.
#[component]
pub(crate) fn Tab() -> impl IntoView {
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

/// What was announced last of a job: its status and its quarter.
type Announced = HashMap<Uuid, (JobStatus, u8)>;

/// A polite region, not seen. A job that appears is not news: whoever started it has been told.
#[component]
fn Announcer() -> impl IntoView {
    let live = expect_context::<Live>();
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
