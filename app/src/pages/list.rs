//! `/lists/{id}`: one list with its running jobs, upload and videos.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use self::{
    filters::{VideoFilters, parse_video_filter},
    menu::ListMenu,
    table::VideoTable,
};
use crate::{
    actions::ImportTarget,
    components::revalidator::RevalidateOn,
    islands::Island,
    pages::{Loading, island, load, or_problem, refusal},
    wire::{List, Page, ProgressUpdate, Video, VideoFilter},
    wording,
};

mod filters;
mod menu;
mod row;
mod table;

/// The form that the check boxes of the table belong to.
const DELETE_FORM_ID: &str = "delete-videos";

#[component]
pub(crate) fn ListPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    // A malformed id becomes the nil id, which no list has.
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    let wanted = Memo::new(move |_| query.with(parse_video_filter));
    let list = load(move || id.get(), |backend, id| backend.list(id));
    let videos = load(move || (id.get(), wanted.get()), |backend, (id, wanted)| backend.videos(id, wanted));
    let recent = load(move || id.get(), |backend, _| backend.recent());
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let found = async { Ok((list.await?, videos.await?)) }.await;
                let recent = recent.await.unwrap_or_default();
                or_problem(found, move |(list, videos)| {
                    let (wanted, problem) = (wanted.get_untracked(), query.with_untracked(refusal));
                    view! { <ListContents list videos wanted recent problem/> }
                })
            })}
        </Suspense>
    }
}

#[component]
fn ListContents(list: List, videos: Page<Video>, wanted: VideoFilter, recent: Vec<ProgressUpdate>, problem: Option<String>) -> impl IntoView {
    let (id, name, counts) = (list.id, list.name.clone(), counts(&list));
    view! {
        <Title text=name.clone()/>
        <div class="page-header">
            <h1><bdi>{name}</bdi></h1>
            <ListMenu list/>
            <p class="muted tabular-nums counts" id="counts" data-revalidate>{counts}</p>
        </div>
        {island(Island::Dashboard { recent, list_id: Some(id), names: HashMap::new() })}
        {island(Island::Upload { into: ImportTarget::List(id), problem })}
        <section class="videos" aria-labelledby="videos">
            <h2 id="videos">"Videos"</h2>
            {island(Island::AddVideo { list_id: id })}
            <VideoFilters list_id=id wanted=wanted.clone()/>
            <div id="video-list" data-revalidate><VideoTable list_id=id videos wanted/></div>
        </section>
        {island(Island::Revalidator { trigger: RevalidateOn::ListJobs(id) })}
    }
}

fn counts(list: &List) -> String {
    let videos = wording::count(list.video_count, "video");
    if list.unavailable_count == 0 { videos } else { format!("{videos} · {} unavailable", list.unavailable_count) }
}
