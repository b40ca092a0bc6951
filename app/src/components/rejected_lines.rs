//! The lines of a file that are not videos.

use leptos::prelude::*;

use crate::{wire::Rejection, wording};

/// Folded, because there may be a hundred; unfolded they say line and reason.
#[component]
pub fn RejectedLines(
    /// The first of them.
    lines: Vec<Rejection>,
    /// How many there are.
    count: u32,
) -> impl IntoView {
    let rest = (count as usize).saturating_sub(lines.len());
    view! {
        <details class="rejected-lines" open=count <= 3>
            <summary>{if count == 1 { "1 line is not a video".to_owned() } else { format!("{count} lines are not videos") }}</summary>
            <ul>
                {lines.into_iter().map(|line| view! { <li><b class="num">{format!("Line {}", line.line)}</b>": "{line.reason}</li> }).collect_view()}
                {(rest > 0).then(|| view! { <li class="soft">{format!("and {}, all in the receipt", wording::count(rest as u32, "more line"))}</li> })}
            </ul>
        </details>
    }
}
