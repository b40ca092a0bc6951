//! What a screen reader is told of running jobs: a change of status, and every quarter. The bars themselves stay silent.

use std::collections::HashMap;

use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    actions,
    live::Live,
    wire::{JobStatus, ProgressUpdate},
};

/// What was said last of a job: its status and its quarter.
type Said = HashMap<Uuid, (JobStatus, u8)>;

/// A polite region, not seen. A job that appears is not news: whoever started it has been told.
#[component]
pub fn Announcer() -> impl IntoView {
    let live = expect_context::<Live>();
    let (news, set_news) = signal(String::new());
    Effect::new(move |said: Option<Said>| {
        let mut now = Said::new();
        let mut sentences = Vec::new();
        live.board.with(|board| {
            for id in board.jobs() {
                let Some(card) = board.card(id) else { continue };
                let state = &card.state;
                let mark = (state.status, state.progress / 25);
                if said.as_ref().and_then(|said| said.get(&id)).is_some_and(|said| *said != mark) {
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
