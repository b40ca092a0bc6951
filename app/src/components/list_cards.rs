//! The lists as cards: name and counts.

use leptos::prelude::*;

use crate::{wire::List, wording};

/// All of them.
#[component]
pub fn ListCards(lists: Vec<List>) -> impl IntoView {
    view! { <ul class="list-cards">{lists.into_iter().map(|list| view! { <li><Card list/></li> }).collect_view()}</ul> }
}

#[component]
fn Card(list: List) -> impl IntoView {
    let List { id, name, video_count, unavailable_count, active_jobs, updated_at, .. } = list;
    view! {
        <article class="list-card">
            <h2><a href=format!("/lists/{id}")>{name}</a></h2>
            <p class="num">{wording::count(video_count, "video")}</p>
            <p class="soft num">
                {if active_jobs > 0 {
                    format!("{} running", wording::count(active_jobs, "job"))
                } else if unavailable_count > 0 {
                    format!("{unavailable_count} unavailable")
                } else {
                    format!("Changed {}", wording::date(updated_at))
                }}
            </p>
        </article>
    }
}
