//! The result of an import: a line per list, and the rejected lines of the file.

use leptos::prelude::*;

use crate::{
    wire::{BulkResult, ImportedList, Rejection},
    wording,
};

#[component]
pub(crate) fn ImportSummary(lists: Vec<ImportedList>) -> impl IntoView {
    let is_single_list = lists.len() == 1;
    let paragraph = move |list: ImportedList| {
        let ImportedList { list_id, list_name, source_name, result } = list;
        let list_link = match list_id.filter(|_| !list_name.is_empty()) {
            Some(id) => view! { <a href=format!("/lists/{id}") dir="auto">{list_name}</a> ": " }.into_any(),
            None if list_name.is_empty() => ().into_any(),
            None => view! { <bdi>{list_name}</bdi> ": " }.into_any(),
        };
        let from = match source_name {
            Some(file) => view! { " of "<bdi>{file}</bdi> }.into_any(),
            None => ().into_any(),
        };
        let receipt = result.job_id.map(|id| view! { " " <a href=format!("/jobs/{id}")>"See the receipt"</a> });
        view! {
            <p>
                {list_link}
                <b>{verdicts(&result)}</b>
                <span class="muted">{format!(" in {}", wording::count(result.total, "line"))}{from}{format!(" ({})", result.format.label())}</span>
                {receipt}
            </p>
            {((is_single_list || list_id.is_none()) && result.rejected_count > 0).then(|| view! { <RejectedLines lines=result.rejected count=result.rejected_count/> })}
        }
    };
    view! { <div class="import-summary">{lists.into_iter().map(paragraph).collect_view()}</div> }
}

/// `3 new, 1 already there, 0 rejected`, and how many are no ids, if any.
fn verdicts(result: &BulkResult) -> String {
    let invalid = if result.invalid > 0 { format!(", {} not an id", result.invalid) } else { String::new() };
    format!("{} new, {} already there{invalid}, {} rejected", result.new_videos(), result.duplicates, result.rejected_count)
}

/// Collapsed if there are more than a few; there may be a hundred.
#[component]
pub(crate) fn RejectedLines(
    lines: Vec<Rejection>,
    /// The total, which may be more than `lines`.
    count: u32,
) -> impl IntoView {
    let rest = (count as usize).saturating_sub(lines.len());
    let files = lines.iter().filter(|line| line.is_file).count();
    let summary = match (count, files) {
        (1, 1) => "1 file is not a list of videos".to_owned(),
        (1, _) => "1 line is not a video".to_owned(),
        (count, 0) => format!("{count} lines are not videos"),
        (count, files) if files == lines.len() => format!("{count} files are not lists of videos"),
        (count, _) => format!("{count} files and lines are not videos"),
    };
    let line = |Rejection { line, reason, is_file }: Rejection| {
        let number = (!is_file).then(|| view! { <b class="tabular-nums">{format!("Line {line}")}</b>": " });
        view! { <li>{number} <bdi>{reason}</bdi></li> }
    };
    view! {
        <details class="rejected-lines" open=count <= 3>
            <summary>{summary}</summary>
            <ul>
                {lines.into_iter().map(line).collect_view()}
                {(rest > 0).then(|| view! { <li class="muted">{format!("and {rest} more")}</li> })}
            </ul>
        </details>
    }
}
