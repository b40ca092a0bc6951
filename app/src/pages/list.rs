//! `/lists/{id}`: one list with its upload, its running jobs and its videos.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use crate::{
    components::{LIST_PAGE, Loading, or_problem},
    islands::Island,
    pages::{island, load, refusal},
    wire::VideoFilter,
};

/// One list.
#[component]
pub fn ListPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    // A malformed id becomes one that no list has.
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    let start = Memo::new(move |_| query.with(|query| query.get("cursor")));
    let list = load(move || id.get(), |backend, id| backend.list(id));
    let videos = load(
        move || (id.get(), start.get()),
        |backend, (id, cursor)| backend.videos(id, VideoFilter { cursor, limit: Some(LIST_PAGE as u32), ..VideoFilter::default() }),
    );
    let recent = load(move || id.get(), |backend, _| backend.recent());
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let found = match (list.await, videos.await) {
                    (Ok(list), Ok(videos)) => Ok((list, videos)),
                    (Err(problem), _) | (_, Err(problem)) => Err(problem),
                };
                let recent = recent.await.unwrap_or_default();
                or_problem(found, move |(list, videos)| {
                    let (name, start, problem) = (list.name.clone(), start.get_untracked(), query.with_untracked(refusal));
                    view! {
                        <Title text=name/>
                        {island(Island::List { list, videos, start, recent, problem })}
                    }
                })
            })}
        </Suspense>
    }
}
