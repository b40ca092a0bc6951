//! `/lists/{id}`: one list with its upload, its running jobs and its videos.

use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use crate::{
    backend::{Backend, backend},
    components::{Dashboard, ListMenu, Loading, Moves, Upload, VideoTable, or_problem, refresh_as_jobs_move},
    live::Live,
    pages::load,
    wire::{List, Page, Problem, Video, VideoFilter},
    wording,
};

/// Videos fetched at first and added by each "Show more".
const PAGE: usize = 100;

/// One list.
#[component]
pub fn ListPage() -> impl IntoView {
    let live = expect_context::<Live>();
    let (params, query) = (use_params_map(), use_query_map());
    // A malformed id becomes one that no list has.
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    let start = Memo::new(move |_| query.with(|query| query.get("cursor")));
    let list = load(move || id.get(), |backend, id| backend.list(id));
    let videos = load(
        move || (id.get(), start.get()),
        |backend, (id, cursor)| backend.videos(id, VideoFilter { cursor, limit: Some(PAGE as u32), ..VideoFilter::default() }),
    );
    let recent = load(move || id.get(), |backend, _| backend.recent());
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let found = match (list.await, videos.await) {
                    (Ok(list), Ok(videos)) => Ok((list, videos)),
                    (Err(problem), _) | (_, Err(problem)) => Err(problem),
                };
                live.seed(recent.await.unwrap_or_default());
                or_problem(found, move |(list, videos)| view! { <ListView list videos start=start.get_untracked()/> })
            })}
        </Suspense>
    }
}

#[component]
fn ListView(list: List, videos: Page<Video>, start: Option<String>) -> impl IntoView {
    let id = list.id;
    let live = expect_context::<Live>();
    let query = use_query_map();
    let problem = query.with_untracked(|query| query.get("problem")).map(|code| wording::sentence(&code));
    let list = RwSignal::new(list);
    let rows = RwSignal::new(videos.items);
    let next = RwSignal::new(videos.next_cursor);
    let paged = start.is_some();

    let backend = StoredValue::new(backend());
    let start = StoredValue::new(start);
    let asked = StoredValue::new(0u32);
    let fetch = move |wanted: usize| {
        let (backend, start) = (backend.get_value(), start.get_value());
        asked.update_value(|asked| *asked += 1);
        let mine = asked.get_value();
        spawn_local(async move {
            let (found, page) = (backend.list(id).await, videos_from(&*backend, id, start, wanted).await);
            // Only the last question's answer counts, and none once the page is gone.
            if asked.try_get_value() != Some(mine) {
                return;
            }
            if let (Ok(found), Ok(page)) = (found, page) {
                list.try_set(found);
                rows.try_set(page.items);
                next.try_set(page.next_cursor);
            }
        });
    };
    let refresh = move || fetch(rows.with_untracked(Vec::len).max(PAGE));
    refresh_as_jobs_move(Moves::OfList(id), refresh);

    let uploaded = Callback::new(move |()| {
        refresh();
        let backend = backend.get_value();
        spawn_local(async move {
            // The card is there at once, even while the socket is away.
            live.seed(backend.recent().await.unwrap_or_default());
        });
    });

    view! {
        <Title text=move || list.with(|list| list.name.clone())/>
        <div class="page-head">
            <h1>{move || list.with(|list| list.name.clone())}</h1>
            <ListMenu list/>
            <p class="soft num counts">{move || list.with(counts)}</p>
        </div>
        <Upload list_id=id problem uploaded/>
        <Dashboard list_id=id/>
        <VideoTable rows next paged show_more=Callback::new(move |()| fetch(rows.with_untracked(Vec::len) + PAGE))/>
    }
}

fn counts(list: &List) -> String {
    let videos = wording::count(list.video_count, "video");
    if list.unavailable_count == 0 { videos } else { format!("{videos} · {} unavailable", list.unavailable_count) }
}

/// At least `wanted` videos from `cursor` on, as far as there are so many.
async fn videos_from(backend: &dyn Backend, list_id: Uuid, cursor: Option<String>, wanted: usize) -> Result<Page<Video>, Problem> {
    let mut page = Page { items: Vec::new(), next_cursor: cursor };
    loop {
        // The interface gives at most 500 at once.
        let limit = (wanted - page.items.len()).min(500) as u32;
        let filter = VideoFilter { cursor: page.next_cursor.take(), limit: Some(limit), ..VideoFilter::default() };
        let more = backend.videos(list_id, filter).await?;
        page.items.extend(more.items);
        page.next_cursor = more.next_cursor;
        if page.items.len() >= wanted || page.next_cursor.is_none() {
            return Ok(page);
        }
    }
}
