//! What a list looks like once something is in it: for somebody whose list is empty.

use leptos::prelude::*;

type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Title, channel, length, tone and state.
const ROWS: [Row; 3] = [
    ("Sourdough without fear", "Freya Bakes", "18:24", "completed", "Ready"),
    ("Knife skills in ten minutes", "Luis Kitchen", "10:02", "pending", "Pending"),
    ("Unavailable video, added 3 Mar 2021", "", "", "completed_with_errors", "Unavailable"),
];

/// Three rows that stand still, hidden from assistive technology: the sentence above them says the same.
#[component]
pub fn TableSample() -> impl IntoView {
    let row = |(title, channel, length, tone, state): Row| {
        let quiet = channel.is_empty();
        view! {
            <tr>
                <td></td>
                <td><span class="thumbnail"></span></td>
                <td class="title" class:soft=quiet>{title}</td>
                <td class="wide soft">{channel}</td>
                <td class="wide num length">{length}</td>
                <td><span class="badge" data-status=tone>{state}</span></td>
            </tr>
        }
    };
    view! {
        <figure class="table-sample" aria-hidden="true">
            <figcaption class="soft">"For example"</figcaption>
            <table class="video-table"><tbody>{ROWS.map(row).collect_view()}</tbody></table>
        </figure>
    }
}
