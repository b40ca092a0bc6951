//! For somebody who has nothing yet: pictures of a job and of a list that stand still, and a list to try.

use leptos::prelude::*;

/// Drawn with the product's own classes, hidden from assistive technology: it is no real job.
#[component]
pub fn ProgressSample() -> impl IntoView {
    view! {
        <div class="progress-sample" aria-hidden="true">
            <div class="job-card" data-status="processing">
                <div class="sample-head">
                    <b>"Processing video 1240/2000"</b>
                    <span class="percent num">"62%"</span>
                </div>
                <div class="progress-bar">
                    <div class="fill" style=("--share", "0.62")></div>
                    <svg class="marks" viewBox="0 0 10000 10" preserveAspectRatio="none">
                        <path class="gap" d=MARKS/>
                        <path class="mark" d=MARKS/>
                    </svg>
                </div>
                <p class="facts num soft">
                    <span>"1240/2000 videos"</span>
                    <span class="failed">"7 failed"</span>
                    <span>"about 2 min left"</span>
                </p>
            </div>
        </div>
    }
}

const MARKS: &str = "M820 0H850V10H820ZM2050 0H2090V10H2050ZM2480 0H2510V10H2480ZM3970 0H4000V10H3970ZM5720 0H5750V10H5720Z";

/// A plain form that makes a list of open films.
#[component]
pub fn SampleList() -> impl IntoView {
    view! {
        <form class="sample-list" method="post" action="/lists/sample">
            <button type="submit">"Try it with a sample"</button>
            <span class="soft">"Fourteen films that anybody may watch, in a list of their own."</span>
        </form>
    }
}

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
