//! `/lists`: all lists, and the form that makes one.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    components::{ListCards, Loading, TakeoutGuide, or_problem},
    islands::Island,
    pages::{island, load, refusal},
    wire::{List, ProgressUpdate},
};

/// The lists, the running jobs, and a lesson where there is nothing yet.
#[component]
pub fn ListsPage() -> impl IntoView {
    let query = use_query_map();
    let lists = load(|| (), |backend, ()| backend.lists());
    let recent = load(|| (), |backend, ()| backend.recent());
    view! {
        <Title text="Lists"/>
        <h1>"Lists"</h1>
        {island(Island::NewList { problem: query.with_untracked(refusal) })}
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let lists = lists.await;
                let recent = recent.await.unwrap_or_default();
                or_problem(lists, |lists| view! { <Overview lists recent/> })
            })}
        </Suspense>
    }
}

#[component]
fn Overview(lists: Vec<List>, recent: Vec<ProgressUpdate>) -> impl IntoView {
    let names: HashMap<_, _> = lists.iter().map(|list| (list.id, list.name.clone())).collect();
    view! {
        {island(Island::Dashboard { recent, names })}
        {if lists.is_empty() {
            view! {
                <div class="empty-state">
                    <h2>"No lists yet"</h2>
                    <p>"A list holds videos. Name one above, for example “Watch later”, then give it a file."</p>
                    <TakeoutGuide/>
                </div>
            }
            .into_any()
        } else {
            view! { <ListCards lists/> }.into_any()
        }}
    }
}
