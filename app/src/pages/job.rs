//! `/jobs/{id}`: one job with its timeline and its receipt.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use self::{
    failure_marks::FailureMarks,
    receipt::{Receipt, parse_item_filter},
    retries::JobRetries,
    timeline::{JobFacts, JobTimeline},
};
use crate::{
    components::revalidator::RevalidateOn,
    islands::Island,
    pages::{Loading, island, load, or_problem, refusal},
    progress::{ReceiptSummary, Timeline},
    wire::{ItemFilter, Job, JobItem, Page},
};

mod failure_marks;
mod receipt;
mod receipt_table;
mod retries;
mod timeline;

#[component]
pub(crate) fn JobPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    // A malformed id becomes the nil id, which no job has.
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    let wanted = Memo::new(move |_| query.with(parse_item_filter));
    let job = load(move || id.get(), |backend, id| backend.job(id));
    let items = load(move || (id.get(), wanted.get()), |backend, (id, wanted)| backend.items(id, wanted));
    let timeline = load(move || id.get(), |backend, id| backend.timeline(id));
    let retries = load(move || id.get(), |backend, id| backend.retries(id));
    let receipt_summary = load(move || id.get(), |backend, id| backend.receipt_summary(id));
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let found = async { Ok((job.await?, items.await?, timeline.await?, retries.await?, receipt_summary.await?)) }.await;
                or_problem(found, move |(job, items, timeline, retries, receipt_summary)| {
                    let (wanted, problem) = (wanted.get_untracked(), query.with_untracked(refusal));
                    view! { <JobContents job items timeline retries receipt_summary wanted problem/> }
                })
            })}
        </Suspense>
    }
}

#[component]
fn JobContents(
    job: Job,
    items: Page<JobItem>,
    timeline: Timeline,
    retries: Vec<Job>,
    receipt_summary: ReceiptSummary,
    wanted: ItemFilter,
    problem: Option<String>,
) -> impl IntoView {
    let (id, title) = (job.id, job.source_name.clone());
    let ReceiptSummary { duplicates, rejected, invalid, failures } = receipt_summary;
    view! {
        <Title text=title.clone()/>
        <h1><bdi>{title}</bdi></h1>
        <div class="job-header">
            {island(Island::JobSummary { source_name: job.source_name.clone(), state: Box::new(job.state.clone()) })}
            <nav class="failure-marks" id="failure-marks" aria-label="Failures" data-revalidate><FailureMarks job=&job failures/></nav>
        </div>
        <p class="form-error" role="alert">{problem}</p>
        <div id="job-details" data-revalidate>
            <JobRetries job=&job retries/>
            <JobFacts job=&job timeline=&timeline/>
            <JobTimeline job=&job timeline/>
        </div>
        <div id="lines" data-revalidate><Receipt job=&job duplicates rejected invalid items wanted/></div>
        {island(Island::Revalidator { trigger: RevalidateOn::OneJob(id) })}
    }
}
