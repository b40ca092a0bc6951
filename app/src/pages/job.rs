//! `/jobs/{id}`: one job, live, with its receipt.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use crate::{
    components::{Loading, ReceiptFilter, or_problem},
    islands::Island,
    pages::{island, load, refusal},
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
                or_problem(found, move |(job, items)| {
                    let title = job.source_name.clone();
                    let (filter, cursor, problem) = (filter.get_untracked(), cursor.get_untracked(), query.with_untracked(refusal));
                    view! {
                        <Title text=title.clone()/>
                        <h1>{title}</h1>
                        {island(Island::Job { job: Box::new(job), items, filter, cursor, problem })}
                    }
                })
            })}
        </Suspense>
    }
}
