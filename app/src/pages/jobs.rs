//! `/jobs`: all jobs, newest first.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, location::Url};

use crate::{
    components::{job::JobRowData, revalidator::RevalidateOn},
    islands::Island,
    pages::{Loading, island, load, or_problem},
    wire::{Job, Page},
};

#[component]
pub(crate) fn JobsPage() -> impl IntoView {
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|query| query.get("cursor")));
    let jobs = load(move || cursor.get(), |backend, cursor| backend.jobs(cursor));
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let first = cursor.get_untracked().is_none();
                or_problem(jobs.await, move |page| view! { <Jobs page first/> })
            })}
        </Suspense>
    }
}

#[component]
fn Jobs(page: Page<Job>, first: bool) -> impl IntoView {
    let rows = if first && page.items.is_empty() {
        view! {
            <div class="empty-state">
                <h2>"No jobs yet"</h2>
                <p>"Every file you upload becomes a job. It is listed here with its receipt, which shows what happened to each line."</p>
                <a class="button" href="/lists">"Go to your lists"</a>
            </div>
        }
        .into_any()
    } else {
        view! {
            <ul class="job-list">{page.items.into_iter().map(|job| view! { <JobListItem job=job.into()/> }).collect_view()}</ul>
            <nav class="pagination" aria-label="More jobs">
                {(!first).then(|| view! { <a class="button" href="/jobs">"Newest jobs"</a> })}
                {page.next_cursor.map(|cursor| view! { <a class="button" href=format!("/jobs?cursor={}", Url::escape(&cursor))>"Older jobs"</a> })}
            </nav>
        }
        .into_any()
    };
    view! {
        <Title text="Jobs"/>
        <h1>"Jobs"</h1>
        <div id="jobs" data-revalidate>{rows}</div>
        {island(Island::Revalidator { trigger: RevalidateOn::AnyJob })}
    }
}

/// The id lets morphing keep the row when others are inserted before it.
#[component]
fn JobListItem(job: JobRowData) -> impl IntoView {
    let id = format!("job-{}", job.state.job_id);
    view! { <li id=id>{island(Island::JobRow { job: Box::new(job) })}</li> }
}
