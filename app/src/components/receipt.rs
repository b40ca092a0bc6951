//! The receipt: every input line with what became of it.

use leptos::prelude::*;
use leptos_router::location::Url;
use serde::{Deserialize, Serialize};

use crate::{
    wire::{FailureCause, ItemOutcome, Job, JobItem, Page, Verdict},
    wording,
};

/// Which lines are shown; in the address as `?show=`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptFilter {
    /// Every line.
    #[default]
    All,
    /// Lines of one verdict.
    Verdict(Verdict),
    /// Lines whose video failed of one cause.
    Cause(FailureCause),
}

impl ReceiptFilter {
    /// From the value of `show`; what is not known shows everything.
    pub fn from_query(show: Option<&str>) -> Self {
        match show {
            Some("new") => Self::Verdict(Verdict::Accepted),
            Some("duplicate") => Self::Verdict(Verdict::Duplicate),
            Some("rejected") => Self::Verdict(Verdict::Rejected),
            Some(cause) => FailureCause::parse(cause).map_or(Self::All, Self::Cause),
            None => Self::All,
        }
    }

    /// The value of `show`; empty for everything.
    fn as_query(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Verdict(Verdict::Accepted) => "new",
            Self::Verdict(Verdict::Duplicate) => "duplicate",
            Self::Verdict(Verdict::Rejected) => "rejected",
            Self::Cause(cause) => cause.as_str(),
        }
    }

    /// For the backend.
    pub fn verdict(self) -> Option<Verdict> {
        if let Self::Verdict(verdict) = self { Some(verdict) } else { None }
    }

    /// For the backend.
    pub fn cause(self) -> Option<FailureCause> {
        if let Self::Cause(cause) = self { Some(cause) } else { None }
    }
}

/// One page of the receipt with its filters.
#[component]
pub fn Receipt(
    /// The job, for its causes.
    job: RwSignal<Job>,
    /// The page shown.
    items: RwSignal<Page<JobItem>>,
    /// What is shown.
    filter: ReceiptFilter,
    /// Whether this is the first page.
    first: bool,
) -> impl IntoView {
    let id = job.with_untracked(|job| job.id);
    let href = move |filter: ReceiptFilter, cursor: Option<&str>| {
        let query = [("show", filter.as_query()), ("cursor", cursor.unwrap_or_default())];
        let query: Vec<_> =
            query.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", Url::escape(value))).collect();
        if query.is_empty() { format!("/jobs/{id}") } else { format!("/jobs/{id}?{}", query.join("&")) }
    };
    let chip = move |to: ReceiptFilter, text: String| {
        view! { <a class="chip" href=href(to, None) aria-current=(to == filter).then_some("true")>{text}</a> }
    };
    view! {
        <section class="receipt" aria-labelledby="receipt">
            <div class="section-head">
                <h2 id="receipt">"Receipt"</h2>
                <a class="button quiet" href=format!("/api/jobs/{id}/receipt.csv") download rel="external">"Download as CSV"</a>
            </div>
            <nav class="chips" aria-label="Which lines">
                {chip(ReceiptFilter::All, "All lines".to_owned())}
                {move || {
                    job.with(|job| job.causes.clone())
                        .into_iter()
                        .map(|(cause, n)| chip(ReceiptFilter::Cause(cause), format!("Failed: {} ({n})", wording::cause(cause))))
                        .collect_view()
                }}
                {chip(ReceiptFilter::Verdict(Verdict::Duplicate), "Already there".to_owned())}
                {chip(ReceiptFilter::Verdict(Verdict::Rejected), "Rejected".to_owned())}
            </nav>
            <div class="scrolls" tabindex="0" role="region" aria-labelledby="receipt">
                <table>
                    <thead>
                        <tr>
                            <th scope="col" class="num">"Line"</th>
                            <th scope="col">"Input"</th>
                            <th scope="col">"Verdict"</th>
                            <th scope="col">"Outcome"</th>
                            <th scope="col">"Reason"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || items.with(|page| page.items.clone()) key=key let:item>
                            <Line item/>
                        </For>
                    </tbody>
                </table>
            </div>
            {move || items.with(|page| page.items.is_empty()).then(|| view! { <p class="soft">"No such lines."</p> })}
            <nav class="paging" aria-label="More lines">
                {(!first).then(|| view! { <a class="button" href=href(filter, None)>"To the first lines"</a> })}
                {move || {
                    items
                        .with(|page| page.next_cursor.clone())
                        .map(|cursor| view! { <a class="button" href=href(filter, Some(&cursor))>"Further lines"</a> })
                }}
            </nav>
        </section>
    }
}

/// A line is drawn anew only when its end is known.
fn key(item: &JobItem) -> (u32, String, Option<&'static str>) {
    (item.line, item.input.clone(), item.outcome.map(wording::outcome))
}

#[component]
fn Line(item: JobItem) -> impl IntoView {
    let tone = match (item.verdict, item.outcome) {
        (Verdict::Rejected, _) | (_, Some(ItemOutcome::Failed)) => "failed",
        (_, Some(ItemOutcome::Succeeded)) => "completed",
        _ => "pending",
    };
    view! {
        <tr>
            <td class="num soft">{item.line}</td>
            <td class="input">{item.input}</td>
            <td>{wording::verdict(item.verdict)}</td>
            <td class="outcome" data-status=tone>{item.outcome.map(wording::outcome)}</td>
            <td class="soft">{item.reason}</td>
        </tr>
    }
}
