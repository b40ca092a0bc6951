//! The receipt: every input line and its outcome.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::receipt_table::ReceiptTable;
use crate::{
    pages::query_string,
    wire::{FailureCause, ItemFilter, Job, JobItem, Page, Verdict},
    wording,
};

const LINES_PER_PAGE: u32 = 100;

/// The filter in the page's URL: `?show=` a verdict or a cause, `?q=` a text, `?line=` the first line, `?cursor=`.
pub(crate) fn parse_item_filter(query: &ParamsMap) -> ItemFilter {
    let show = query.get_str("show");
    let verdict = match show {
        Some("new" | "invalid") => Some(Verdict::Accepted),
        Some("duplicate") => Some(Verdict::Duplicate),
        Some("rejected") => Some(Verdict::Rejected),
        _ => None,
    };
    let q = query.get("q").filter(|q| !q.trim().is_empty());
    let from_line = query.get_str("line").and_then(|line| line.parse().ok());
    let invalid = verdict.filter(|verdict| *verdict == Verdict::Accepted).map(|_| show == Some("invalid"));
    ItemFilter { verdict, cause: show.and_then(FailureCause::parse), invalid, q, from_line, cursor: query.get("cursor"), limit: Some(LINES_PER_PAGE) }
}

/// The value of `show`; empty for all lines.
fn show(filter: &ItemFilter) -> &'static str {
    match (filter.cause, filter.verdict) {
        (Some(cause), _) => cause.as_str(),
        (None, Some(Verdict::Accepted)) if filter.invalid == Some(true) => "invalid",
        (None, Some(Verdict::Accepted)) => "new",
        (None, Some(Verdict::Duplicate)) => "duplicate",
        (None, Some(Verdict::Rejected)) => "rejected",
        (None, None) => "",
    }
}

/// One page of the receipt. The filters are links and a plain form.
#[component]
pub(crate) fn Receipt<'a>(
    job: &'a Job,
    /// Number of duplicates.
    duplicates: u32,
    /// Number of rejected lines.
    rejected: u32,
    /// Number of malformed ids.
    invalid: u32,
    items: Page<JobItem>,
    wanted: ItemFilter,
) -> impl IntoView + use<> {
    let id = job.id;
    let (shown, q, first) = (show(&wanted), wanted.q.unwrap_or_default(), wanted.cursor.is_none() && wanted.from_line.is_none());
    let searched = !q.is_empty();
    let (text, here) = (q.clone(), q);
    let link =
        move |show: &str, q: &str, cursor: &str| format!("/jobs/{id}?{}#receipt", query_string(&[("show", show), ("q", q), ("cursor", cursor)]));
    let chip = move |show: &'static str, text: String| {
        view! { <a class="chip" href=link(show, "", "") aria-current=(show == shown && !searched).then_some("true")>{text}</a> }
    };
    // Once all of them were tried, they are among the causes.
    let failed_as_invalid = job.causes.get(&FailureCause::InvalidId).copied().unwrap_or(0);
    let Page { items, next_cursor: next } = items;
    view! {
        <section class="receipt" aria-labelledby="receipt">
            <div class="section-header">
                <h2 id="receipt">"Receipt"</h2>
                <a class="button quiet" href=format!("/api/jobs/{id}/receipt.csv") download rel="external">"Download as CSV"</a>
            </div>
            <form class="search" method="get" action=format!("/jobs/{id}#receipt") role="search">
                {(!shown.is_empty()).then(|| view! { <input type="hidden" name="show" value=shown/> })}
                <input type="search" name="q" value=text aria-label="Search the receipt" placeholder="Link, id or reason"/>
                <button type="submit">"Search"</button>
            </form>
            <nav class="chips" aria-label="Which lines">
                {chip("", "All lines".to_owned())}
                {job.causes
                    .iter()
                    .map(|(cause, n)| chip(cause.as_str(), format!("Failed: {} ({n})", wording::cause(*cause))))
                    .collect_view()}
                {chip("rejected", format!("Rejected ({rejected})"))}
                {chip("duplicate", format!("Already there ({duplicates})"))}
                {(invalid > failed_as_invalid).then(|| chip("invalid", format!("Not an id ({invalid})")))}
                {chip("new", format!("New ({})", job.total_videos.saturating_sub(invalid)))}
            </nav>
            <ReceiptTable items/>
            <nav class="pagination" aria-label="More lines">
                {(!first).then(|| view! { <a class="button" href=link(shown, &here, "")>"First lines"</a> })}
                {next.map(|cursor| view! { <a class="button" href=link(shown, &here, &cursor)>"Next lines"</a> })}
            </nav>
        </section>
    }
}
