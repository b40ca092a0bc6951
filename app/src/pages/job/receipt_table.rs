//! The table of a receipt.

use leptos::prelude::*;

use crate::{
    wire::{JobItem, Verdict},
    wording,
};

/// Scrolls by itself if it is too wide; focusable, so that it scrolls by keyboard, too.
#[component]
pub(crate) fn ReceiptTable(items: Vec<JobItem>) -> impl IntoView {
    let empty = items.is_empty();
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label="Lines">
            <table>
                <thead>
                    <tr>
                        <th scope="col" class="tabular-nums">"Line"</th>
                        <th scope="col">"Input"</th>
                        <th scope="col" class="wide-only">"Verdict"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col" class="wide-only">"Reason"</th>
                    </tr>
                </thead>
                <tbody>
                    {items.into_iter().map(|item| view! { <Line item/> }).collect_view()}
                </tbody>
            </table>
        </div>
        {empty.then_some(view! { <p class="muted">"No matching lines."</p> })}
    }
}

#[component]
fn Line(item: JobItem) -> impl IntoView {
    // Lines that are no work have no outcome; on a narrow page, where the verdict is hidden, this column shows it.
    let ended = match (item.verdict, item.outcome) {
        (Verdict::Accepted, None) => None,
        (Verdict::Accepted, Some(outcome)) => Some(wording::outcome(outcome)),
        (verdict, _) => Some(wording::line_verdict(verdict, item.invalid)),
    };
    let reason = item.reason.as_deref().map(wording::item_reason);
    view! {
        <tr id=format!("line-{}", item.line)>
            <td class="tabular-nums muted">{item.line}</td>
            <td class="input">
                <bdi>{item.input}</bdi>
                {reason.clone().map(|reason| view! { <span class="cell-note muted narrow-only" aria-hidden="true">{reason}</span> })}
            </td>
            <td class="wide-only">{wording::line_verdict(item.verdict, item.invalid)}</td>
            <td class="outcome" data-status=wording::line_tone(item.verdict, item.outcome)>{ended}</td>
            <td class="wide-only muted">{reason}</td>
        </tr>
    }
}
