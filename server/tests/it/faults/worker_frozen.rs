//! A worker is frozen for longer than its lease: another takes over its job, and once resumed the first must write nothing.

use super::{
    checker::StoredJob,
    harness::{Harness, Layout},
};
use crate::support::wait_until;

/// Two tests for each step: the first worker is resumed while the second is working, or after the job has ended.
macro_rules! frozen {
    ($($name:ident at $step:literal;)+) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn resumed_before_the_end() { super::resumed_before_the_end($step).await; }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn resumed_after_the_end() { super::resumed_after_the_end($step).await; }
        })+
    };
}

frozen! {
    frozen_after_a_claim at "claimed";
    frozen_in_a_flush at "flush_uncommitted:2";
    frozen_after_a_flush at "flush_committed:2";
    frozen_after_publishing at "flush_published:2";
}

/// A job whose worker is frozen at this step, and a second worker.
async fn wait_until_stopped(step: &str) -> (Harness, uuid::Uuid) {
    let mut harness = Harness::new(Layout::Cluster, &[("STOP_AT", step)]).await;
    let job = harness.import().await;
    harness.worker.process.wait_for_log("stopped at").await;
    harness.worker.process.wait_until_stopped().await;
    harness.replace().await;
    (harness, job)
}

/// SIGCONT; returns when it has noticed that its lease is lost.
async fn resume(harness: &Harness) {
    harness.worker.process.resume();
    let process = &harness.worker.process;
    // The second message appears if PostgreSQL has ended its transaction.
    wait_until("it gives up the job", async || {
        process.find_in_log("lost the lease of a job").or(process.find_in_log("a job was abandoned")).is_some()
    })
    .await;
}

async fn stored_jobs(harness: &Harness) -> Vec<StoredJob> {
    harness.cluster.observations(&[&harness.recorder]).await.jobs
}

async fn resumed_before_the_end(step: &str) {
    let (harness, job) = wait_until_stopped(step).await;
    let before = harness.cluster.number("SELECT current_video FROM processing_jobs").await;
    harness.recorder.wait_for_update("the second goes on", |update| i64::from(update.current_video) > before).await;
    resume(&harness).await;
    harness.wait_for_sound_end(job).await;
}

async fn resumed_after_the_end(step: &str) {
    let (mut harness, job) = wait_until_stopped(step).await;
    harness.wait_for_sound_end(job).await;
    let before = stored_jobs(&harness).await;
    resume(&harness).await;
    assert_eq!(stored_jobs(&harness).await, before, "it wrote nothing");
    // It can still work: a new job ends without the second worker.
    harness.successor = None;
    let next = harness.import().await;
    harness.wait_for_sound_end(next).await;
}

/// A worker that is frozen in a claim holds the lock that every claim needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_frozen_in_a_claim_delays_others_by_seconds_only() {
    let (harness, job) = wait_until_stopped("claim_uncommitted").await;
    harness.wait_for_sound_end(job).await;
    harness.worker.process.resume();
    let next = harness.import().await;
    harness.wait_for_sound_end(next).await;
}

/// Three times in one job, while another worker is running.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_frozen_at_arbitrary_points_loses_nothing() {
    let mut harness = Harness::new(Layout::Cluster, &[("DEMO_SPEED", "2")]).await;
    let job = harness.import().await;
    harness.replace().await;
    for round in 1..=3 {
        harness.recorder.wait_for_update("it goes on", |update| update.current_video > 8 * round).await;
        let holds = "SELECT count(*) FROM processing_jobs WHERE lease_until > clock_timestamp() OR ended_at IS NOT NULL";
        harness.worker.process.freeze().await;
        wait_until("somebody holds the job", async || harness.cluster.number(holds).await > 0).await;
        harness.worker.process.resume();
    }
    harness.wait_for_sound_end(job).await;
}
