//! The marks on the strip of a job's own page: where in the file something failed. Each leads to its line of the receipt, and says it
//! when it is pointed at or walked to.

use leptos::prelude::*;

use super::progress_bar::runs;
use crate::{
    progress::FailedLine,
    wire::{Job, ProgressUpdate},
};

/// Links in the order of the file. One can be reached with Tab, the others from there with the arrow keys (`actions::delegate`).
#[component]
pub fn FailureMarks<'a>(
    /// The job.
    job: &'a Job,
    /// What failed, by line.
    failed: Vec<FailedLine>,
) -> impl IntoView + use<> {
    let ProgressUpdate { job_id, total_videos, .. } = job.state;
    let mut rest = &failed[..];
    let marks: Vec<_> = runs(failed.iter().map(|failed| failed.place), total_videos)
        .into_iter()
        .enumerate()
        .filter_map(|(at, run)| {
            let (those, others) = rest.split_at_checked(run.count)?;
            rest = others;
            let line = those.first()?.line;
            let style = format!("--from:{};--size:{}", run.from, run.to - run.from);
            let href = format!("/jobs/{job_id}?line={line}#line-{line}");
            let tabindex = if at == 0 { "0" } else { "-1" };
            Some(view! { <a id=format!("mark-{line}") href=href style=style tabindex=tabindex aria-label=told(those)></a> })
        })
        .collect();
    marks.collect_view()
}

/// What a mark stands for: `Line 24: Video is private`.
fn told(failed: &[FailedLine]) -> String {
    match failed {
        [] => String::new(),
        [one] => format!("Line {}: {}", one.line, one.reason),
        [first, .., last] => format!("Lines {}–{}, {} failed. First: {}", first.line, last.line, failed.len(), first.reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_which_lines_it_stands_for() {
        let line = |line| FailedLine { place: line, line, reason: format!("Reason {line}") };
        assert_eq!(told(&[line(24)]), "Line 24: Reason 24");
        assert_eq!(told(&[line(24), line(25), line(31)]), "Lines 24–31, 3 failed. First: Reason 24");
    }
}
