//! `/jobs/{id}`: one job, live, with its receipt.

use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use crate::{
    backend::backend,
    components::{JobSummary, Loading, Moves, Receipt, ReceiptFilter, or_problem, refresh_as_jobs_move},
    pages::load,
    wire::{Job, JobItem, Page},
    wording,
};

/// One job.
#[component]
pub fn JobPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    // A malformed id becomes one that no job has.
    let id = Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok())).unwrap_or_default());
    let filter = Memo::new(move |_| query.with(|query| ReceiptFilter::from_query(query.get_str("show"))));
    let cursor = Memo::new(move |_| query.with(|query| query.get("cursor")));
    let job = load(move || id.get(), |backend, id| backend.job(id));
    let items = load(
        move || (id.get(), filter.get(), cursor.get()),
        |backend, (id, filter, cursor)| backend.items(id, filter.verdict(), filter.cause(), cursor),
    );
    view! {
        <Suspense fallback=Loading>
            {move || Suspend::new(async move {
                let found = match (job.await, items.await) {
                    (Ok(job), Ok(items)) => Ok((job, items)),
                    (Err(problem), _) | (_, Err(problem)) => Err(problem),
                };
                or_problem(found, move |(job, items)| view! { <JobView job items filter=filter.get_untracked() cursor=cursor.get_untracked()/> })
            })}
        </Suspense>
    }
}

#[component]
fn JobView(job: Job, items: Page<JobItem>, filter: ReceiptFilter, cursor: Option<String>) -> impl IntoView {
    let id = job.id;
    let query = use_query_map();
    let problem = query.with_untracked(|query| query.get("problem")).map(|code| wording::sentence(&code));
    let title = job.source_name.clone();
    let first = cursor.is_none();
    let job = RwSignal::new(job);
    let items = RwSignal::new(items);
    let backend = backend();
    let cursor = StoredValue::new(cursor);
    refresh_as_jobs_move(Moves::OfJob(id), move || {
        let (backend, cursor) = (backend.clone(), cursor.get_value());
        spawn_local(async move {
            if let Ok(found) = backend.job(id).await {
                job.try_set(found);
            }
            if let Ok(page) = backend.items(id, filter.verdict(), filter.cause(), cursor).await {
                items.try_set(page);
            }
        });
    });
    view! {
        <Title text=title.clone()/>
        <h1>{title}</h1>
        <JobSummary job problem/>
        <Receipt job items filter first/>
    }
}
