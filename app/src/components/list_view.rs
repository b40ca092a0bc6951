//! One list: its upload, its running jobs and its videos.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{
    backend::{Backend, backend},
    components::{Dashboard, ListMenu, Moves, Upload, VideoTable, refresh_as_jobs_move},
    live::Live,
    wire::{List, Page, Problem, ProgressUpdate, Video, VideoFilter},
    wording,
};

/// Videos fetched at first and added by each "Show more".
pub const PAGE: usize = 100;

/// The list's page but for its title.
#[component]
pub fn ListView(
    /// The list.
    list: List,
    /// Its first videos.
    videos: Page<Video>,
    /// Where they begin, unless at the beginning.
    start: Option<String>,
    /// The jobs on the dashboard.
    recent: Vec<ProgressUpdate>,
    /// What a plain form was refused for.
    problem: Option<String>,
) -> impl IntoView {
    let id = list.id;
    let live = expect_context::<Live>();
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
        <div class="page-head">
            <h1>{move || list.with(|list| list.name.clone())}</h1>
            <ListMenu list/>
            <p class="soft num counts">{move || list.with(counts)}</p>
        </div>
        <Upload list_id=id problem uploaded/>
        <Dashboard recent list_id=id/>
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
