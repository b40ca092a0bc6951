//! A list's videos. A row is drawn anew only when what it shows has changed.

use leptos::{either::Either, prelude::*};
use uuid::Uuid;

use super::filters::{narrowed, videos_at};
use crate::{
    backend::Instance,
    components::samples::TableSample,
    wire::{Page, Video, VideoFilter, VideoStatus},
    wording,
};

/// The form that the check boxes in the rows belong to.
const DELETION: &str = "delete-videos";

/// One page of the table, with its ways to others, and to take videos out.
#[component]
pub fn VideoTable(
    /// The list they are in.
    list_id: Uuid,
    /// The videos shown.
    videos: Page<Video>,
    /// Which those are.
    wanted: VideoFilter,
) -> impl IntoView {
    let Page { items, next_cursor } = videos;
    let empty = items.is_empty();
    let narrowed = narrowed(&wanted);
    let nothing = if narrowed {
        "No video of this list is like that."
    } else {
        "No videos yet. They appear here as soon as you have chosen a file, in its order, and fill in while you watch."
    };
    let first = wanted.cursor.is_some().then(|| videos_at(list_id, &wanted, None));
    let next = next_cursor.map(|cursor| videos_at(list_id, &wanted, Some(&cursor)));
    view! {
        {empty.then_some(view! { <p class="soft">{nothing}</p> })}
        {(empty && !narrowed).then(|| view! { <TableSample/> })}
        <table class="video-table" hidden=empty>
            <thead>
                <tr>
                    <th scope="col">
                        <span class="visually-hidden unscripted">"Selected"</span>
                        <label class="select scripted"><input type="checkbox" data-ticks-all="" form=DELETION aria-label="Select all of this page"/></label>
                    </th>
                    <th scope="col"><span class="visually-hidden">"Picture"</span></th>
                    <th scope="col">"Title"</th>
                    <th scope="col" class="wide">"Channel"</th>
                    <th scope="col" class="wide length">"Length"</th>
                    <th scope="col">"State"</th>
                </tr>
            </thead>
            <tbody>
                {items.into_iter().map(|video| view! { <Row video/> }).collect_view()}
            </tbody>
        </table>
        <Deletion list_id/>
        <nav class="paging" aria-label="More videos">
            {first.map(|first| view! { <a class="button" href=first>"To the first videos"</a> })}
            {next.map(|next| view! { <a class="button" href=next>"Next videos"</a> })}
        </nav>
    }
}

/// Shown by the style sheet while anything is selected, and counted by it.
#[component]
fn Deletion(list_id: Uuid) -> impl IntoView {
    view! {
        <form class="deletion notice" id=DELETION method="post" action=format!("/lists/{list_id}/videos/delete")>
            <span class="chosen num"></span>
            <button type="reset" class="quiet">"Select none"</button>
            <button type="submit" class="danger">"Delete from list"</button>
        </form>
    }
}

#[component]
fn Row(video: Video) -> impl IntoView {
    let picture = view! { <Thumbnail video=&video/> };
    let Video { id, youtube_id, title, channel, duration_seconds, added_at, status, error, reason, .. } = video;
    // Nothing about the box changes when the title comes: it would be drawn anew, and its tick gone.
    let (row, named) = (format!("video-{id}"), format!("title-{id}"));
    let watch = format!("https://www.youtube.com/watch?v={youtube_id}");
    let untitled = reason.filter(|_| title.is_none()).map(wording::video_reason);
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
    let failure = error.clone().filter(|_| status == VideoStatus::Failed);
    view! {
        <tr id=row>
            <td><label class="select"><input type="checkbox" name="ids" value=id.to_string() form=DELETION aria-labelledby=named.clone()/></label></td>
            <td>{picture}</td>
            <td class="title">
                <span id=named>{name}</span>
                {failure.map(|failure| view! { <span class="aside soft">{failure}</span> })}
                {untitled.map(|untitled| view! { <span class="aside soft">{untitled}</span> })}
                {channel.clone().map(|channel| view! { <span class="aside soft narrow" aria-hidden="true">{channel}</span> })}
            </td>
            <td class="wide soft">{channel}</td>
            <td class="wide num length">{duration_seconds.map(wording::length)}</td>
            <td><span class="badge" data-status=tone title=error>{wording::video_status(status)}</span></td>
        </tr>
    }
}

/// The picture says nothing that the title does not; it stays silent. In a demo nothing is fetched from YouTube.
#[component]
pub fn Thumbnail<'a>(video: &'a Video) -> impl IntoView + use<> {
    let demo = expect_context::<Instance>().demo;
    if demo || video.status != VideoStatus::Ok {
        return Either::Left(view! {
            <span class="thumbnail">
                <svg viewBox="0 0 16 9" aria-hidden="true">{(video.status == VideoStatus::Ok).then(|| view! { <path d="M6.8 2.9v3.2l2.8-1.6z"/> })}</svg>
            </span>
        });
    }
    Either::Right(view! {
        <img
            class="thumbnail"
            src=video.thumbnail_url.clone()
            alt=""
            width="80"
            height="45"
            loading="lazy"
            decoding="async"
            referrerpolicy="no-referrer"
        />
    })
}
