//! One job, live, with its receipt.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    backend::backend,
    components::{JobSummary, Moves, Receipt, ReceiptFilter, refresh_as_jobs_move},
    wire::{Job, JobItem, Page},
};

/// The job's page but for its title.
#[component]
pub fn JobView(
    /// The job.
    job: Job,
    /// The first lines of its receipt.
    items: Page<JobItem>,
    /// Which lines.
    filter: ReceiptFilter,
    /// Where they begin, unless at the beginning.
    cursor: Option<String>,
    /// What a plain form was refused for.
    problem: Option<String>,
) -> impl IntoView {
    let id = job.id;
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
        <JobSummary job problem/>
        <Receipt job items filter first/>
    }
}
