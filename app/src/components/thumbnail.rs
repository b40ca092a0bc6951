//! A video's picture, or a quiet tile where there is none to fetch.

use leptos::{either::Either, prelude::*};

use crate::{
    backend::Instance,
    wire::{Video, VideoStatus},
};

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
