//! A job on the dashboard. Every line is there from the start, so that the card keeps its height while the job runs.

use leptos::{either::Either, prelude::*};
use uuid::Uuid;

use crate::{
    components::job::{EtaLabel, JobActions, JobMessage, ProgressBar, StatusBadge, displayed_error},
    progress::Card,
    wire::ProgressUpdate,
};

/// An update changes only the text nodes whose text differs.
#[component]
pub(crate) fn JobCard(
    #[prop(into)] card: Signal<Card>,
    /// Its list and the list's name, if the page shows jobs of more than one. A missing name comes with the next revalidation.
    #[prop(optional_no_strip)]
    list: Option<(Uuid, Option<String>)>,
) -> impl IntoView {
    let job_id = card.with_untracked(|card| card.state.job_id);
    let state = Memo::new(move |_| card.with(|card| card.state.clone()));
    let status = Memo::new(move |_| state.with(|state| state.status));
    let name = list.as_ref().and_then(|(_, name)| name.as_ref());
    let label = name.map_or_else(|| "Import progress".to_owned(), |name| format!("Import into {name}"));
    let list = list.map(|(id, name)| {
        let name = name.unwrap_or_else(|| "List".to_owned());
        view! { <a class="list-name muted" id=format!("list-of-{job_id}") data-revalidate href=format!("/lists/{id}") dir="auto">{name}</a> }
    });
    view! {
        <article class="job-card" data-job-id=job_id.to_string() data-status=move || status.get().as_str()>
            <header>
                <b class="message" dir="auto" title=move || state.with(|state| state.message.clone())><JobMessage state/></b>
                {list}
                <span class="percent tabular-nums">{move || state.with(|state| format!("{}%", state.progress))}</span>
            </header>
            <ProgressBar card label/>
            <ErrorNote state/>
            <footer>
                <p class="facts tabular-nums">
                    <span>{move || state.with(|state| format!("{}/{} videos", state.current_video, state.total_videos))}</span>
                    {move || state.with(failed).map(|text| view! { <span class="failed">{text}</span> })}
                    <EtaLabel state/>
                </p>
                <StatusBadge status/>
                <a class="button quiet" href=format!("/jobs/{job_id}")>"View job"</a>
                <JobActions state card=true/>
            </footer>
        </article>
    }
}

fn failed(state: &ProgressUpdate) -> Option<String> {
    state.failed_videos.filter(|failed| *failed > 0).map(|failed| format!("{failed} failed"))
}

#[component]
fn ErrorNote(state: Memo<ProgressUpdate>) -> impl IntoView {
    let error = Memo::new(move |_| state.with(displayed_error));
    let no_error_text = move || if state.with(|state| state.status.is_terminal()) { "No problems." } else { "No problems so far." };
    view! {
        <div class="note-line">
            {move || match error.get() {
                Some(text) => {
                    // Isolated by characters: another element would be one more for the browser to take over.
                    let (isolated, whole) = (format!("\u{2068}{text}\u{2069}"), text);
                    Either::Left(view! { <p class="error-note" title=whole><b>"Error: "</b>{isolated}</p> })
                }
                None => Either::Right(view! { <p class="muted">{no_error_text}</p> }),
            }}
        </div>
    }
}
