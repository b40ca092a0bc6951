//! A list's videos. A row is drawn anew only when what it shows has changed.

use leptos::{ev::MouseEvent, prelude::*};
use leptos_router::location::Url;
use uuid::Uuid;

use crate::{
    components::Thumbnail,
    wire::{Video, VideoStatus},
    wording,
};

/// The table with its way to more rows.
#[component]
pub fn VideoTable(
    /// The videos shown.
    rows: RwSignal<Vec<Video>>,
    /// Where the rest begins.
    next: RwSignal<Option<String>>,
    /// Whether rows before these are left out.
    paged: bool,
    /// Adds the next rows.
    show_more: Callback<()>,
) -> impl IntoView {
    let empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let more = move |event: MouseEvent| {
        event.prevent_default();
        show_more.run(());
    };
    view! {
        <section class="videos" aria-labelledby="videos">
            <h2 id="videos">"Videos"</h2>
            {move || empty.get().then(|| view! {
                <p class="soft">"No videos yet. They appear here as soon as you have chosen a file, in its order, and fill in while you watch."</p>
            })}
            <table class="video-table" hidden=empty>
                <thead>
                    <tr>
                        <th scope="col"><span class="visually-hidden">"Picture"</span></th>
                        <th scope="col">"Title"</th>
                        <th scope="col" class="wide">"Channel"</th>
                        <th scope="col" class="wide length">"Length"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || rows.get() key=key let:video>
                        <Row video/>
                    </For>
                </tbody>
            </table>
            <nav class="paging" aria-label="More videos">
                {paged.then(|| view! { <a class="button" href="?">"To the first videos"</a> })}
                {move || next.get().map(|cursor| view! { <a class="button" href=format!("?cursor={}", Url::escape(&cursor)) on:click=more>"Show more"</a> })}
            </nav>
        </section>
    }
}

fn key(video: &Video) -> (Uuid, &'static str, Option<String>, Option<u32>) {
    (video.id, wording::video_status(video.status), video.title.clone(), video.duration_seconds)
}

#[component]
fn Row(video: Video) -> impl IntoView {
    let picture = view! { <Thumbnail video=&video/> };
    let Video { youtube_id, title, channel, duration_seconds, added_at, status, error, .. } = video;
    let watch = format!("https://www.youtube.com/watch?v={youtube_id}");
    let name = match (status, title) {
        (VideoStatus::Unavailable, None) => {
            view! { <span class="soft">{format!("Unavailable video, added {}", wording::date(added_at))}</span> }.into_any()
        }
        (VideoStatus::Unavailable, Some(title)) => {
            view! { {title}<span class="aside soft">{format!("Unavailable video, added {}", wording::date(added_at))}</span> }.into_any()
        }
        (_, title) => view! { <a href=watch rel="noreferrer">{title.unwrap_or(youtube_id)}</a> }.into_any(),
    };
    let tone = match status {
        VideoStatus::Pending => "pending",
        VideoStatus::Ok => "completed",
        VideoStatus::Unavailable => "completed_with_errors",
        VideoStatus::Failed => "failed",
    };
    let reason = error.clone().filter(|_| status == VideoStatus::Failed);
    view! {
        <tr>
            <td>{picture}</td>
            <td class="title">
                {name}
                {reason.map(|reason| view! { <span class="aside soft">{reason}</span> })}
                {channel.clone().map(|channel| view! { <span class="aside soft narrow" aria-hidden="true">{channel}</span> })}
            </td>
            <td class="wide soft">{channel}</td>
            <td class="wide num length">{duration_seconds.map(wording::length)}</td>
            <td><span class="badge" data-status=tone title=error>{wording::video_status(status)}</span></td>
        </tr>
    }
}
