//! A row of the table of videos.

use leptos::{either::Either, prelude::*};

use super::DELETE_FORM_ID;
use crate::{
    backend::Instance,
    wire::{Video, VideoStatus},
    wording,
};

/// Its id lets morphing keep the row and replace only what has changed.
#[component]
pub(crate) fn VideoRow(video: Video) -> impl IntoView {
    let picture = view! { <Thumbnail video=&video/> };
    let Video { id, youtube_id, title, channel, duration_seconds, added_at, status, error, reason, .. } = video;
    // The check box does not depend on the title: morphing would replace it and lose its state.
    let (row, named) = (format!("video-{id}"), format!("title-{id}"));
    let watch = format!("https://www.youtube.com/watch?v={youtube_id}");
    let untitled = reason.filter(|_| title.is_none()).map(wording::video_reason);
    let name = match (status, title) {
        (VideoStatus::Unavailable, None) => {
            view! { <span class="muted">{format!("Unavailable video, added {}", wording::date(added_at))}</span> }.into_any()
        }
        (VideoStatus::Unavailable, Some(title)) => {
            view! { <bdi>{title}</bdi><span class="cell-note muted">{format!("Unavailable video, added {}", wording::date(added_at))}</span> }
                .into_any()
        }
        (_, title) => view! { <a href=watch rel="noreferrer" dir="auto">{title.unwrap_or(youtube_id)}</a> }.into_any(),
    };
    let failure = error.clone().filter(|_| status == VideoStatus::Failed);
    view! {
        <tr id=row>
            <td><label class="select"><input type="checkbox" name="ids" value=id.to_string() form=DELETE_FORM_ID aria-labelledby=named.clone()/></label></td>
            <td>{picture}</td>
            <td class="title">
                <span id=named>{name}</span>
                {failure.map(|failure| view! { <span class="cell-note muted"><bdi>{failure}</bdi></span> })}
                {untitled.map(|untitled| view! { <span class="cell-note muted">{untitled}</span> })}
                {channel.clone().map(|channel| view! { <span class="cell-note muted narrow-only" aria-hidden="true" dir="auto">{channel}</span> })}
            </td>
            <td class="wide-only muted"><bdi>{channel}</bdi></td>
            <td class="wide-only tabular-nums duration">{duration_seconds.map(wording::length)}</td>
            <td><span class="badge" data-status=wording::video_tone(status) title=error>{wording::video_status(status)}</span></td>
        </tr>
    }
}

/// Decorative, so without alternative text. A demo fetches nothing from YouTube.
#[component]
fn Thumbnail<'a>(video: &'a Video) -> impl IntoView + use<> {
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
