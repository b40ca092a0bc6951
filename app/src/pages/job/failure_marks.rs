//! The marks on the strip of a job's page: where in the file something failed. Each links to its line of the receipt.

use leptos::prelude::*;

use crate::{
    progress::FailureSegment,
    wire::{Job, ProgressUpdate},
};

/// Roving focus: Tab reaches the first mark, arrow keys the others (`actions::delegate`).
#[component]
pub(crate) fn FailureMarks<'a>(job: &'a Job, failures: Vec<FailureSegment>) -> impl IntoView + use<> {
    let ProgressUpdate { job_id, total_videos, .. } = job.state;
    // In hundredths of a percent.
    let share = move |places: u32| u64::from(places) * 10_000 / u64::from(total_videos.max(1));
    let mark = move |(at, failures): (usize, FailureSegment)| {
        let (first, last) = failures.places;
        let (from, line) = (share(first - 1), failures.lines.0);
        let style = format!("--from:{from};--size:{}", share(last) - from);
        let href = format!("/jobs/{job_id}?line={line}#line-{line}");
        let tabindex = if at == 0 { "0" } else { "-1" };
        view! { <a id=format!("mark-{line}") href=href style=style tabindex=tabindex aria-label=tooltip(&failures)></a> }
    };
    failures.into_iter().enumerate().map(mark).collect_view()
}

/// `Line 24: Video is private`.
fn tooltip(FailureSegment { lines: (first, last), count, reason, .. }: &FailureSegment) -> String {
    match reason {
        Some(reason) => format!("Line {first}: {reason}"),
        None if *count == 1 => format!("Line {first}"),
        None => format!("Lines {first}–{last}: {count} failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_label_names_its_lines() {
        let one = FailureSegment { places: (23, 23), lines: (24, 24), count: 1, reason: Some("Video is private".into()) };
        assert_eq!(tooltip(&one), "Line 24: Video is private");
        assert_eq!(tooltip(&FailureSegment { places: (23, 31), lines: (24, 32), count: 3, reason: None }), "Lines 24–32: 3 failed");
    }
}
