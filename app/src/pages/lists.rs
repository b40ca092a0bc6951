//! `/lists`: all lists, and the form that makes one.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    components::{Dashboard, ListCards, Loading, NewList, TakeoutGuide, or_problem},
    live::Live,
    pages::load,
    wire::List,
    wording,
};

/// The lists, the running jobs, and a lesson where there is nothing yet.
#[component]
pub fn ListsPage() -> impl IntoView {
    let live = expect_context::<Live>();
    let query = use_query_map();
    let lists = load(|| (), |backend, ()| backend.lists());
    let recent = load(|| (), |backend, ()| backend.recent());
    let problem = Signal::derive(move || query.with(|query| query.get("problem")).map(|code| wording::sentence(&code)));
    view! {
        <Title text="Lists"/>
        <h1>"Lists"</h1>
        <NewList problem/>
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let lists = lists.await;
                live.seed(recent.await.unwrap_or_default());
                or_problem(lists, |lists| view! { <Overview lists/> })
            })}
        </Suspense>
    }
}

#[component]
fn Overview(lists: Vec<List>) -> impl IntoView {
    let names: HashMap<_, _> = lists.iter().map(|list| (list.id, list.name.clone())).collect();
    view! {
        <Dashboard names/>
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
