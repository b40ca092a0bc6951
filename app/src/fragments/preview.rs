//! The preview of an import.

use leptos::prelude::*;

use super::summary::RejectedLines;
use crate::{
    wire::{ImportedList, JobStatus, PreviewRow, Verdict},
    wording,
};

/// The buttons carry the decision in `data-preview-action`; the island that shows the fragment handles their clicks.
#[component]
pub(crate) fn ImportPreview(
    name: String,
    lists: Vec<ImportedList>,
    /// The name of the list, if everything goes into one.
    list_name: Option<String>,
) -> impl IntoView {
    let new: u32 = lists.iter().map(|list| list.result.new_videos()).sum();
    let lines: u32 = lists.iter().map(|list| list.result.total).sum();
    let mut formats = lists.iter().map(|list| list.result.format.label());
    let first = formats.next().unwrap_or_default();
    let format = if formats.all(|format| format == first) { first } else { "Several formats" };
    let is_single_list = list_name.is_some();
    let with_rows = is_single_list || lists.iter().filter(|list| !list.result.first_rows.is_empty()).count() == 1;
    let target = list_name.map_or_else(
        || wording::count(lists.iter().filter(|list| list.result.accepted > 0).count() as u32, "list").into_any(),
        |name| view! { "the list “"<bdi>{name}</bdi>"”" }.into_any(),
    );
    let import_button = (new > 0).then(|| {
        let label = format!("Import {}", wording::count(new, "video"));
        view! { <button class="primary" type="button" data-preview-action="import">{label}</button> }
    });
    view! {
        <section class="import-preview" aria-labelledby="preview">
            <h2 id="preview" tabindex="-1">"Import "<bdi>{name}</bdi>"?"</h2>
            <p class="muted">{format!("{format}, {}, into ", wording::count(lines, "line"))}{target}". Nothing is stored yet."</p>
            {lists.into_iter().map(|list| view! { <ListPreview list is_single_list with_rows/> }).collect_view()}
            <div class="preview-actions">
                {(new == 0).then_some(view! { <p>"There is nothing new to import."</p> })}
                {import_button}
                <button type="button" data-preview-action="cancel">{if new == 0 { "Close" } else { "Cancel" }}</button>
            </div>
        </section>
    }
}

#[component]
fn ListPreview(
    list: ImportedList,
    /// Everything goes into one list, which is named above.
    is_single_list: bool,
    with_rows: bool,
) -> impl IntoView {
    let ImportedList { list_id, list_name, source_name, result } = list;
    let title = (!is_single_list).then(|| {
        // Lines that belong to no list have nothing new in them.
        let new = (list_id.is_none() && result.accepted > 0).then(|| view! { <span class="badge" data-status="processing">"New list"</span> });
        let file = source_name.map(|file| view! { <span class="muted">"from "<bdi>{file}</bdi></span> });
        view! { <h3><bdi>{list_name}</bdi> " " {new} " " {file}</h3> }
    });
    let new = result.new_videos();
    let rows = (with_rows && !result.first_rows.is_empty()).then(|| view! { <FirstRows rows=result.first_rows total=result.total/> });
    let rejected_tone = if result.rejected_count > 0 { "failed" } else { "pending" };
    view! {
        <div class="preview-list">
            {title}
            <p class="verdicts tabular-nums">
                <b data-status="completed">{format!("{new} new")}</b>
                <span>{format!("{} already there", result.duplicates)}</span>
                {(result.invalid > 0).then(|| view! { <span data-status="failed">{format!("{} not an id", result.invalid)}</span> })}
                <span data-status=rejected_tone>{format!("{} rejected", result.rejected_count)}</span>
            </p>
            {rows}
            {(result.rejected_count > 0).then(|| view! { <RejectedLines lines=result.rejected count=result.rejected_count/> })}
        </div>
    }
}

#[component]
fn FirstRows(rows: Vec<PreviewRow>, total: u32) -> impl IntoView {
    let rest = total.saturating_sub(rows.len() as u32);
    let row = |row: PreviewRow| {
        let title = row.title.unwrap_or_else(|| row.input.clone());
        view! {
            <tr>
                <td class="tabular-nums muted">{row.line}</td>
                <td><bdi>{title}</bdi> {row.reason.map(|reason| view! { <span class="cell-note muted">{reason}</span> })}</td>
                <td><span class="badge" data-status=tone(row.verdict, row.invalid)>{wording::line_verdict(row.verdict, row.invalid)}</span></td>
            </tr>
        }
    };
    view! {
        <table class="preview-rows">
            <caption class="visually-hidden">"The first lines"</caption>
            <thead>
                <tr>
                    <th scope="col" class="tabular-nums">"Line"</th>
                    <th scope="col">"Video"</th>
                    <th scope="col">"Verdict"</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
        {(rest > 0).then(|| view! { <p class="muted">{format!("and {}", wording::count(rest, "more line"))}</p> })}
    }
}

/// The colour of a line's badge is that of such a job.
const fn tone(verdict: Verdict, invalid: bool) -> &'static str {
    let tone = match verdict {
        Verdict::Accepted if invalid => JobStatus::Failed,
        Verdict::Accepted => JobStatus::Completed,
        Verdict::Duplicate => JobStatus::Pending,
        Verdict::Rejected => JobStatus::Failed,
    };
    tone.as_str()
}
