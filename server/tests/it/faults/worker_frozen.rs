//! A worker is frozen for longer than its lease: another takes over its job, and once resumed the first must write nothing.

use super::{
    checker::StoredJob,
    scene::{Layout, Scene},
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
async fn frozen(step: &str) -> (Scene, uuid::Uuid) {
    let mut scene = Scene::new(Layout::Cluster, &[("STOP_AT", step)]).await;
    let job = scene.import().await;
    scene.worker.process.wait_for_log("stopped at").await;
    scene.worker.process.frozen().await;
    scene.replace().await;
    (scene, job)
}

/// SIGCONT; returns when it has noticed that its lease is lost.
async fn resume(scene: &Scene) {
    scene.worker.process.resume();
    let process = &scene.worker.process;
    // The second message appears if PostgreSQL has ended its transaction.
    wait_until("it gives up the job", async || {
        process.find_in_log("the lease of a job was lost").or(process.find_in_log("a job was abandoned")).is_some()
    })
    .await;
}

async fn stored_jobs(scene: &Scene) -> Vec<StoredJob> {
    scene.cluster.observations(&[&scene.recorder]).await.jobs
}

async fn resumed_before_the_end(step: &str) {
    let (scene, job) = frozen(step).await;
    let before = scene.cluster.number("SELECT current_video FROM processing_jobs").await;
    scene.recorder.wait_for_update("the second goes on", |update| i64::from(update.current_video) > before).await;
    resume(&scene).await;
    scene.ends_well(job).await;
}

async fn resumed_after_the_end(step: &str) {
    let (mut scene, job) = frozen(step).await;
    scene.ends_well(job).await;
    let before = stored_jobs(&scene).await;
    resume(&scene).await;
    assert_eq!(stored_jobs(&scene).await, before, "it wrote nothing");
    // It can still work: a new job ends without the second worker.
    scene.successor = None;
    let next = scene.import().await;
    scene.ends_well(next).await;
}

/// A worker that is frozen in a claim holds the lock that every claim needs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_frozen_in_a_claim_delays_others_by_seconds_only() {
    let (scene, job) = frozen("claim_uncommitted").await;
    scene.ends_well(job).await;
    scene.worker.process.resume();
    let next = scene.import().await;
    scene.ends_well(next).await;
}

/// Three times in one job, while another worker is running.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_frozen_at_arbitrary_points_loses_nothing() {
    let mut scene = Scene::new(Layout::Cluster, &[("DEMO_SPEED", "2")]).await;
    let job = scene.import().await;
    scene.replace().await;
    for round in 1..=3 {
        scene.recorder.wait_for_update("it goes on", |update| update.current_video > 8 * round).await;
        let holds = "SELECT count(*) FROM processing_jobs WHERE lease_until > clock_timestamp() OR ended_at IS NOT NULL";
        scene.worker.process.freeze().await;
        wait_until("somebody holds the job", async || scene.cluster.number(holds).await > 0).await;
        scene.worker.process.resume();
    }
    scene.ends_well(job).await;
}
