//! Filter and order of a list's videos, in the page's URL.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use uuid::Uuid;

use crate::{
    pages::query_string,
    wire::{VideoFilter, VideoSort, VideoStatus},
    wording,
};

const VIDEOS_PER_PAGE: u32 = 100;

/// The filter in the page's URL; unknown values count as absent.
pub(crate) fn parse_video_filter(query: &ParamsMap) -> VideoFilter {
    let status = query.get_str("status").and_then(VideoStatus::parse);
    let sort = query.get_str("sort").and_then(VideoSort::parse);
    let q = query.get("q").filter(|q| !q.trim().is_empty());
    VideoFilter { cursor: query.get("cursor"), limit: Some(VIDEOS_PER_PAGE), status, q, sort: sort.unwrap_or_default() }
}

/// The URL of a page of videos.
pub(super) fn videos_url(list_id: Uuid, wanted: &VideoFilter, cursor: Option<&str>) -> String {
    let status = wanted.status.map_or("", VideoStatus::as_str);
    let sort = Some(wanted.sort).filter(|sort| *sort != VideoSort::default()).map_or("", VideoSort::as_str);
    let q = wanted.q.as_deref().unwrap_or_default();
    let query = query_string(&[("q", q), ("status", status), ("sort", sort), ("cursor", cursor.unwrap_or_default())]);
    format!("/lists/{list_id}?{query}#videos")
}

/// Whether it leaves videos out.
pub(super) fn is_filtered(wanted: &VideoFilter) -> bool {
    wanted.q.is_some() || wanted.status.is_some()
}

#[component]
pub(crate) fn VideoFilters(list_id: Uuid, wanted: VideoFilter) -> impl IntoView {
    let all = videos_url(list_id, &VideoFilter { sort: wanted.sort, ..VideoFilter::default() }, None);
    let clear = is_filtered(&wanted).then(|| view! { <a class="button quiet" href=all>"Show all"</a> });
    let VideoFilter { q, status, sort, .. } = wanted;
    view! {
        <form class="video-filters search" method="get" action=format!("/lists/{list_id}#videos") role="search">
            <input type="search" name="q" value=q aria-label="Search videos" placeholder="Title, channel or id"/>
            <select name="status" aria-label="State">
                <option value="">"All statuses"</option>
                {VideoStatus::ALL
                    .map(|state| view! { <option value=state.as_str() selected=status == Some(state)>{wording::video_status(state)}</option> })
                    .collect_view()}
            </select>
            <select name="sort" aria-label="Order">
                {VideoSort::ALL
                    .map(|order| view! { <option value=order.as_str() selected=sort == order>{wording::video_sort(order)}</option> })
                    .collect_view()}
            </select>
            <button type="submit">"Show"</button>
            {clear}
        </form>
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::location::Url;

    use super::*;

    #[test]
    fn url_round_trips_through_the_query() {
        let filters = [
            VideoFilter::default(),
            VideoFilter { q: Some("noodles & knives".into()), status: Some(VideoStatus::Failed), sort: VideoSort::Title, ..VideoFilter::default() },
            VideoFilter { sort: VideoSort::Added, ..VideoFilter::default() },
        ];
        for filter in filters {
            let address = videos_url(Uuid::nil(), &filter, Some("next+page"));
            let query = address.split_once('?').unwrap().1.strip_suffix("#videos").unwrap();
            let params: ParamsMap =
                query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), Url::unescape(value))).collect();
            assert_eq!(
                parse_video_filter(&params),
                VideoFilter { cursor: Some("next+page".into()), limit: Some(VIDEOS_PER_PAGE), ..filter },
                "{address}"
            );
        }
    }
}
