//! Checks jobs in the database: each item has one outcome, counts equal outcomes, and the history is complete and in order.

use std::collections::{BTreeMap, BTreeSet};

use app::wire::{ItemOutcome, JobStatus, ProgressUpdate, Verdict, percent};
use server::internals::job::{MAX_FAILURE_EVENTS, MAX_VIDEOS_FOR_FULL_HISTORY};

use super::StoredJob;

pub(super) fn check(stored: &StoredJob, report: &mut dyn FnMut(String)) {
    if !stored.job.status.is_terminal() {
        report(format!("is {} at the end", stored.job.status.as_str()));
    }
    outcomes(stored, report);
    order(&stored.history, report);
    history(stored, report);
}

/// The job's counts equal the outcomes of its items.
fn outcomes(stored: &StoredJob, report: &mut dyn FnMut(String)) {
    let job = &stored.job;
    let accepted: Vec<_> = stored.items.iter().filter(|item| item.verdict == Verdict::Accepted).collect();
    let with = |outcome| accepted.iter().filter(|item| item.outcome == outcome).count() as u32;
    let (succeeded, failed) = (with(Some(ItemOutcome::Succeeded)), with(Some(ItemOutcome::Failed)));
    let (cancelled, untried) = (with(Some(ItemOutcome::Cancelled)), with(None));
    let mut equal = |what: &str, left: u32, right: u32| {
        if left != right {
            report(format!("{what}: {left} and {right}"));
        }
    };
    equal("videos and accepted lines", job.total_videos, accepted.len() as u32);
    equal("videos finished and lines with an outcome", job.current_video, succeeded + failed);
    equal("videos failed and lines that failed", job.failed_videos, failed);
    equal("the newest state's videos finished and the job's", job.state.current_video, job.current_video);
    equal("the newest state's failures and the job's", job.state.failed_videos.unwrap_or(0), job.failed_videos);
    let mut causes = BTreeMap::new();
    for cause in accepted.iter().filter_map(|item| item.cause) {
        *causes.entry(cause).or_insert(0) += 1;
    }
    if causes != job.causes {
        report(format!("causes {:?}, and by line {causes:?}", job.causes));
    }
    let right = match job.status {
        JobStatus::Pending | JobStatus::Processing => true,
        JobStatus::Completed => failed + cancelled + untried == 0,
        JobStatus::CompletedWithErrors => failed > 0 && cancelled + untried == 0,
        JobStatus::Failed => cancelled == 0 && untried > 0,
        JobStatus::Cancelled => untried == 0,
    };
    if !right {
        report(format!("{} with {succeeded} succeeded, {failed} failed, {cancelled} cancelled, {untried} untried", job.status.as_str()));
    }
}

/// `seq` and `created_at` strictly increase, counts never decrease, and nothing follows a terminal state.
pub(super) fn order<'a>(updates: impl IntoIterator<Item = &'a ProgressUpdate>, report: &mut dyn FnMut(String)) {
    let mut before: Option<&ProgressUpdate> = None;
    for update in updates {
        if let Some(before) = before {
            let grows = update.seq > before.seq && update.created_at > before.created_at;
            let keeps = update.current_video >= before.current_video && update.failed_videos >= before.failed_videos;
            if !grows || !keeps || update.progress < before.progress {
                report(format!("{} follows {}", describe(update), describe(before)));
            }
            if before.status.is_terminal() {
                report(format!("{} follows the end, {}", describe(update), describe(before)));
            }
        }
        before = Some(update);
    }
}

/// According to §6 of the contract.
fn history(stored: &StoredJob, report: &mut dyn FnMut(String)) {
    let (job, events) = (&stored.job, &stored.history);
    match events.first() {
        Some(first) if first.status == JobStatus::Pending && first.progress == 0 && first.seq == Some(1) => {}
        first => report(format!("the first event is {:?}", first.map(describe))),
    }
    let ends = events.iter().filter(|event| event.status.is_terminal()).count();
    if ends != usize::from(job.status.is_terminal()) || (ends == 1 && events.last() != Some(&job.state)) {
        report(format!("{ends} ends in the history, the last event {:?}, the job {}", events.last().map(describe), describe(&job.state)));
    }
    let finished: Vec<u32> =
        events.windows(2).filter(|pair| pair[1].current_video > pair[0].current_video).map(|pair| pair[1].current_video).collect();
    if job.total_videos <= MAX_VIDEOS_FOR_FULL_HISTORY {
        if !finished.iter().copied().eq(1..=job.current_video) {
            report(format!("events of finished videos {finished:?}, finished {}", job.current_video));
        }
    } else {
        let steps: BTreeSet<u8> = events.iter().filter(|event| !event.status.is_terminal()).map(|event| event.progress).collect();
        if !steps.iter().copied().eq(0..=percent(job.current_video, job.total_videos)) {
            report(format!("percents in the history {steps:?}, finished {}", job.current_video));
        }
    }
    let failures = events.windows(2).filter(|pair| pair[1].failed_videos > pair[0].failed_videos).count() as u32;
    if failures != job.failed_videos.min(MAX_FAILURE_EVENTS) {
        report(format!("{failures} failures in the history, {} in all", job.failed_videos));
    }
}

/// Identifies an update in messages about violations.
pub(super) fn describe(update: &ProgressUpdate) -> String {
    let at = update.created_at.map(|at| at.to_string()).unwrap_or_default();
    format!("[seq {:?}, {at}, {}, {}/{}, {} %]", update.seq, update.status.as_str(), update.current_video, update.total_videos, update.progress)
}
