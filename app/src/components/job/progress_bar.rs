//! The strip: a progress bar with marks at the positions of failures. On the job's own page it is taller, and the marks are links above it
//! (`pages/job/failure_marks.rs`).

use std::fmt::Write as _;

use leptos::prelude::*;

use crate::progress::Card;

/// Width of the drawing; a unit is about a tenth of a pixel on a card.
const WIDTH: u64 = 10_000;
/// Marks closer to each other than this are drawn as one.
const MIN_MARK_GAP: u64 = 20;

#[component]
pub(crate) fn ProgressBar(
    #[prop(into)] card: Signal<Card>,
    /// The accessible name.
    #[prop(into)]
    label: Signal<String>,
    /// On the job's own page.
    #[prop(optional)]
    tall: bool,
) -> impl IntoView {
    let share = move || card.with(|card| share(card.state.current_video, card.state.total_videos));
    let marks = (!tall).then(|| {
        let drawing = Memo::new(move |_| card.with(|card| marks(&card.failures, card.state.total_videos)));
        view! {
            <svg class="marks" viewBox="0 0 10000 10" preserveAspectRatio="none" aria-hidden="true">
                <path class="gap" d=drawing/>
                <path class="mark" d=drawing/>
            </svg>
        }
    });
    view! {
        <div
            class="progress-bar"
            class:tall=tall
            role="progressbar"
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || card.with(|card| card.state.progress.to_string())
            aria-label=label
        >
            <div class="fill" style=("--share", share)></div>
            {marks}
        </div>
    }
}

/// `0.625`. Without floats, whose formatting would make the WASM larger.
fn share(done: u32, total: u32) -> String {
    let thousandths = u64::from(done.min(total)) * 1000 / u64::from(total.max(1));
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

/// All marks as one SVG path. The non-scaling stroke in the style sheet makes each at least 2 px wide.
fn marks(failures: &[u32], total: u32) -> String {
    let total = u64::from(total.max(1));
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for position in failures.iter().map(|position| u64::from(*position)).filter(|position| (1..=total).contains(position)) {
        let (from, to) = ((position - 1) * WIDTH / total, position * WIDTH / total);
        match runs.last_mut() {
            Some(last) if from <= last.1 + MIN_MARK_GAP => last.1 = to.max(last.1),
            _ => runs.push((from, to)),
        }
    }
    runs.iter().fold(String::new(), |mut path, (from, to)| {
        // Writing to a String cannot fail.
        let _ = write!(path, "M{from} 0H{to}V10H{from}Z");
        path
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn share_is_a_fraction_between_0_and_1() {
        assert_eq!(
            [(0, 10), (5, 8), (10, 10), (11, 10), (0, 0)].map(|(done, total)| share(done, total)),
            ["0.000", "0.625", "1.000", "1.000", "0.000"]
        );
    }

    #[test]
    fn neighbouring_failures_are_drawn_as_one_mark() {
        assert_eq!(marks(&[], 10), "");
        assert_eq!(marks(&[2, 3, 7], 10), "M1000 0H3000V10H1000ZM6000 0H7000V10H6000Z");
        assert_eq!(marks(&[0, 11], 10), "", "positions outside the job are not drawn");
        assert_eq!(marks(&[1000, 1004], 10_000).matches('M').count(), 1, "too near to be told apart");
    }

    proptest! {
        #[test]
        fn every_failure_lies_under_a_mark(total in 1u32..5_000, seed in proptest::collection::btree_set(1u32..5_000, 0..60)) {
            let failures: Vec<u32> = seed.into_iter().filter(|position| *position <= total).collect();
            let path = marks(&failures, total);
            let runs: Vec<(u64, u64)> = path.split('M').filter(|run| !run.is_empty()).map(|run| {
                let (from, rest) = run.split_once(" 0H").unwrap();
                (from.parse().unwrap(), rest.split_once('V').unwrap().0.parse().unwrap())
            }).collect();
            for position in failures {
                let middle = (2 * u64::from(position) - 1) * WIDTH / (2 * u64::from(total));
                prop_assert!(runs.iter().any(|(from, to)| (*from..=*to).contains(&middle)), "{} not in {:?}", middle, runs);
            }
            prop_assert!(runs.windows(2).all(|pair| pair[0].1 + MIN_MARK_GAP < pair[1].0));
        }
    }
}
