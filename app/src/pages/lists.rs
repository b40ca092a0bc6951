//! `/lists`: all lists, running jobs, and the forms that create lists.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    actions::ImportTarget,
    components::revalidator::RevalidateOn,
    islands::Island,
    pages::{Loading, island, load, or_problem, refusal},
    wire::{List, ProgressUpdate},
    wording,
};

#[component]
pub(crate) fn ListsPage() -> impl IntoView {
    let query = use_query_map();
    let lists = load(|| (), |backend, ()| backend.lists());
    let recent = load(|| (), |backend, ()| backend.recent());
    // A bad name belongs to the form for a new list, every other problem to the upload.
    let is_name_problem = query.with_untracked(|query| query.get_str("problem") == Some("bad_name"));
    let problem = query.with_untracked(refusal);
    let (name_problem, file_problem) = if is_name_problem { (problem, None) } else { (None, problem) };
    let problems = StoredValue::new((name_problem, file_problem));
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let lists = lists.await;
                let recent = recent.await.unwrap_or_default();
                or_problem(lists, move |lists| {
                    let (name_problem, file_problem) = problems.get_value();
                    view! {
                        <Title text="Lists"/>
                        <h1>"Lists"</h1>
                        {island(Island::NewList { problem: name_problem })}
                        <Overview lists recent/>
                        <section class="import-lists" aria-labelledby="import-lists">
                            <h2 id="import-lists">"Import playlists"</h2>
                            {island(Island::Upload { into: ImportTarget::Lists, problem: file_problem })}
                        </section>
                        {island(Island::Revalidator { trigger: RevalidateOn::AnyJob })}
                    }
                })
            })}
        </Suspense>
    }
}

#[component]
fn Overview(lists: Vec<List>, recent: Vec<ProgressUpdate>) -> impl IntoView {
    let names = lists.iter().map(|list| (list.id, list.name.clone())).collect();
    let cards = if lists.is_empty() {
        view! {
            <div class="empty-state">
                <h2>"No lists yet"</h2>
                <p>"Create a list above, for example “Watch later”, then upload a file to it. Or import all your playlists at once below."</p>
                <SampleList/>
            </div>
        }
        .into_any()
    } else {
        view! { <ListCards lists/> }.into_any()
    };
    view! {
        {island(Island::Dashboard { recent, list_id: None, names })}
        <div id="lists" data-revalidate>{cards}</div>
    }
}

#[component]
fn ListCards(lists: Vec<List>) -> impl IntoView {
    view! { <ul class="list-cards">{lists.into_iter().map(|list| view! { <li><ListCard list/></li> }).collect_view()}</ul> }
}

#[component]
fn ListCard(list: List) -> impl IntoView {
    let List { id, name, video_count, unavailable_count, active_jobs, updated_at, .. } = list;
    view! {
        <article class="list-card">
            <h2><a href=format!("/lists/{id}") dir="auto">{name}</a></h2>
            <p class="tabular-nums">{wording::count(video_count, "video")}</p>
            <p class="muted tabular-nums">
                {if active_jobs > 0 {
                    format!("{} running", wording::count(active_jobs, "job"))
                } else if unavailable_count > 0 {
                    format!("{unavailable_count} unavailable")
                } else {
                    format!("Changed {}", wording::date(updated_at))
                }}
            </p>
        </article>
    }
}

/// Creates a list of freely licensed films.
#[component]
fn SampleList() -> impl IntoView {
    view! {
        <form class="sample-list" method="post" action="/lists/sample">
            <button type="submit">"Try it with a sample"</button>
            <span class="muted">"A list of fourteen freely available films."</span>
        </form>
    }
}
