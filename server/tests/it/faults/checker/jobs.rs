//! What must hold of a job in the database: every item once, counts that equal outcomes, a history without gaps.

use std::collections::{BTreeMap, BTreeSet};

use app::wire::{ItemOutcome, JobStatus, ProgressUpdate, Verdict, percent};
use server::job::{MAX_FAILURE_EVENTS, MAX_VIDEOS_FOR_FULL_HISTORY};

use super::Truth;

pub(super) fn check(truth: &Truth, complain: &mut dyn FnMut(String)) {
    if !truth.job.status.is_terminal() {
        complain(format!("is {} at the end", truth.job.status.as_str()));
    }
    outcomes(truth, complain);
    order(&truth.history, complain);
    history(truth, complain);
}

/// Every accepted line exactly one outcome, and the job's numbers are theirs.
fn outcomes(truth: &Truth, complain: &mut dyn FnMut(String)) {
    let job = &truth.job;
    let accepted: Vec<_> = truth.items.iter().filter(|item| item.verdict == Verdict::Accepted).collect();
    let with = |outcome| accepted.iter().filter(|item| item.outcome == outcome).count() as u32;
    let (succeeded, failed) = (with(Some(ItemOutcome::Succeeded)), with(Some(ItemOutcome::Failed)));
    let (cancelled, untried) = (with(Some(ItemOutcome::Cancelled)), with(None));
    let mut equal = |what: &str, left: u32, right: u32| {
        if left != right {
            complain(format!("{what}: {left} and {right}"));
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
        complain(format!("causes {:?}, and by line {causes:?}", job.causes));
    }
    let right = match job.status {
        JobStatus::Pending | JobStatus::Processing => true,
        JobStatus::Completed => failed + cancelled + untried == 0,
        JobStatus::CompletedWithErrors => failed > 0 && cancelled + untried == 0,
        JobStatus::Failed => cancelled == 0 && untried > 0,
        JobStatus::Cancelled => untried == 0,
    };
    if !right {
        complain(format!("{} with {succeeded} succeeded, {failed} failed, {cancelled} cancelled, {untried} untried", job.status.as_str()));
    }
}

/// `seq` and `created_at` strictly increase, nothing goes back, nothing follows the end.
pub(super) fn order<'a>(updates: impl IntoIterator<Item = &'a ProgressUpdate>, complain: &mut dyn FnMut(String)) {
    let mut before: Option<&ProgressUpdate> = None;
    for update in updates {
        if let Some(before) = before {
            let grows = update.seq > before.seq && update.created_at > before.created_at;
            let keeps = update.current_video >= before.current_video && update.failed_videos >= before.failed_videos;
            if !grows || !keeps || update.progress < before.progress {
                complain(format!("{} follows {}", told(update), told(before)));
            }
            if before.status.is_terminal() {
                complain(format!("{} follows the end, {}", told(update), told(before)));
            }
        }
        before = Some(update);
    }
}

/// As the contract's §6 has it.
fn history(truth: &Truth, complain: &mut dyn FnMut(String)) {
    let (job, events) = (&truth.job, &truth.history);
    match events.first() {
        Some(first) if first.status == JobStatus::Pending && first.progress == 0 && first.seq == Some(1) => {}
        first => complain(format!("the first event is {:?}", first.map(told))),
    }
    let ends = events.iter().filter(|event| event.status.is_terminal()).count();
    if ends != usize::from(job.status.is_terminal()) || (ends == 1 && events.last() != Some(&job.state)) {
        complain(format!("{ends} ends in the history, the last event {:?}, the job {}", events.last().map(told), told(&job.state)));
    }
    let finished: Vec<u32> =
        events.windows(2).filter(|pair| pair[1].current_video > pair[0].current_video).map(|pair| pair[1].current_video).collect();
    if job.total_videos <= MAX_VIDEOS_FOR_FULL_HISTORY {
        if !finished.iter().copied().eq(1..=job.current_video) {
            complain(format!("events of finished videos {finished:?}, finished {}", job.current_video));
        }
    } else {
        let steps: BTreeSet<u8> = events.iter().filter(|event| !event.status.is_terminal()).map(|event| event.progress).collect();
        if !steps.iter().copied().eq(0..=percent(job.current_video, job.total_videos)) {
            complain(format!("percents in the history {steps:?}, finished {}", job.current_video));
        }
    }
    let failures = events.windows(2).filter(|pair| pair[1].failed_videos > pair[0].failed_videos).count() as u32;
    if failures != job.failed_videos.min(MAX_FAILURE_EVENTS) {
        complain(format!("{failures} failures in the history, {} in all", job.failed_videos));
    }
}

/// What a complaint names an update by.
pub(super) fn told(update: &ProgressUpdate) -> String {
    let at = update.created_at.map(|at| at.to_string()).unwrap_or_default();
    format!("[seq {:?}, {at}, {}, {}/{}, {} %]", update.seq, update.status.as_str(), update.current_video, update.total_videos, update.progress)
}
