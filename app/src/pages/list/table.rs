//! The table of a list's videos.

use leptos::prelude::*;
use uuid::Uuid;

use super::{
    DELETE_FORM_ID,
    filters::{is_filtered, videos_url},
    row::VideoRow,
};
use crate::{
    wire::{Page, Video, VideoFilter, VideoStatus},
    wording,
};

#[component]
pub(crate) fn VideoTable(list_id: Uuid, videos: Page<Video>, wanted: VideoFilter) -> impl IntoView {
    let Page { items, next_cursor } = videos;
    let empty = items.is_empty();
    let is_filtered = is_filtered(&wanted);
    let nothing = if is_filtered { "No matching videos." } else { "No videos yet. Import a file to see its videos here, in the same order." };
    let first = wanted.cursor.is_some().then(|| videos_url(list_id, &wanted, None));
    let next = next_cursor.map(|cursor| videos_url(list_id, &wanted, Some(&cursor)));
    view! {
        {empty.then_some(view! { <p class="muted">{nothing}</p> })}
        {(empty && !is_filtered).then(|| view! { <TableSample/> })}
        <table class="video-table" hidden=empty>
            <thead>
                <tr>
                    <th scope="col">
                        <span class="visually-hidden no-js-only">"Selected"</span>
                        <label class="select js-only"><input type="checkbox" data-selects-all="" form=DELETE_FORM_ID aria-label="Select all on this page"/></label>
                    </th>
                    <th scope="col"><span class="visually-hidden">"Picture"</span></th>
                    <th scope="col">"Title"</th>
                    <th scope="col" class="wide-only">"Channel"</th>
                    <th scope="col" class="wide-only duration">"Length"</th>
                    <th scope="col">"State"</th>
                </tr>
            </thead>
            <tbody>
                {items.into_iter().map(|video| view! { <VideoRow video/> }).collect_view()}
            </tbody>
        </table>
        <SelectionBar list_id/>
        <nav class="pagination" aria-label="More videos">
            {first.map(|first| view! { <a class="button" href=first>"First videos"</a> })}
            {next.map(|next| view! { <a class="button" href=next>"Next videos"</a> })}
        </nav>
    }
}

/// The style sheet shows it while anything is selected, and counts the selection.
#[component]
fn SelectionBar(list_id: Uuid) -> impl IntoView {
    view! {
        <form class="selection-bar notice" id=DELETE_FORM_ID method="post" action=format!("/lists/{list_id}/videos/delete")>
            <span class="selected-count tabular-nums"></span>
            <button type="reset" class="quiet">"Select none"</button>
            <button type="submit" class="danger">"Delete from list"</button>
        </form>
    }
}

type SampleRow = (&'static str, &'static str, &'static str, VideoStatus);

/// Title, channel, length and status.
const ROWS: [SampleRow; 3] = [
    ("Sourdough without fear", "Freya Bakes", "18:24", VideoStatus::Ok),
    ("Knife skills in ten minutes", "Luis Kitchen", "10:02", VideoStatus::Pending),
    ("Unavailable video, added 3 Mar 2021", "", "", VideoStatus::Unavailable),
];

/// Three sample rows for an empty list, hidden from assistive technology.
#[component]
fn TableSample() -> impl IntoView {
    let row = |(title, channel, length, status): SampleRow| {
        let quiet = channel.is_empty();
        view! {
            <tr>
                <td></td>
                <td><span class="thumbnail"></span></td>
                <td class="title" class:muted=quiet>{title}</td>
                <td class="wide-only muted">{channel}</td>
                <td class="wide-only tabular-nums duration">{length}</td>
                <td><span class="badge" data-status=wording::video_tone(status)>{wording::video_status(status)}</span></td>
            </tr>
        }
    };
    view! {
        <figure class="table-sample" aria-hidden="true">
            <figcaption class="muted">"For example"</figcaption>
            <table class="video-table"><tbody>{ROWS.map(row).collect_view()}</tbody></table>
        </figure>
    }
}
