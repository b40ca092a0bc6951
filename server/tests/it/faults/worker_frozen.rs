//! A worker that stands still for longer than its lease and then goes on: by then another has its job, and it must write nothing.

use super::{
    checker::Truth,
    scene::{Layout, Scene},
    until,
};

/// Each step is a test; the first worker goes on while the second is at work, and after it has ended.
macro_rules! frozen {
    ($($name:ident at $step:literal;)+) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn thawed_in_the_middle() { super::thawed_in_the_middle($step).await; }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn thawed_after_the_end() { super::thawed_after_the_end($step).await; }
        })+
    };
}

frozen! {
    frozen_after_a_claim at "claimed";
    frozen_in_a_flush at "flush_uncommitted:2";
    frozen_after_a_flush at "flush_committed:2";
    frozen_after_publishing at "flush_published:2";
}

/// One worker stands still at this step, and another has been started.
async fn frozen(step: &str) -> (Scene, uuid::Uuid) {
    let mut scene = Scene::new(Layout::Cluster, &[("STOP_AT", step)]).await;
    let job = scene.import().await;
    scene.worker.process.says("stopped at").await;
    scene.worker.process.frozen().await;
    scene.replace().await;
    (scene, job)
}

/// SIGCONT, and until it has noticed.
async fn thaw(scene: &Scene) {
    scene.worker.process.thaw();
    let process = &scene.worker.process;
    // Let go: PostgreSQL has ended the transaction that it stood in.
    until("it gives the job up", async || process.said("the lease of a job was lost").or(process.said("a job was abandoned")).is_some()).await;
}

async fn truths(scene: &Scene) -> Vec<Truth> {
    scene.cluster.evidence(&[&scene.recorder]).await.jobs
}

async fn thawed_in_the_middle(step: &str) {
    let (scene, job) = frozen(step).await;
    let before = scene.cluster.number("SELECT current_video FROM processing_jobs").await;
    scene.recorder.sees("the second goes on", |update| i64::from(update.current_video) > before).await;
    thaw(&scene).await;
    scene.ends_well(job).await;
}

async fn thawed_after_the_end(step: &str) {
    let (mut scene, job) = frozen(step).await;
    scene.ends_well(job).await;
    let before = truths(&scene).await;
    thaw(&scene).await;
    assert_eq!(truths(&scene).await, before, "it wrote nothing");
    // And it works again: the other is gone, and a new job ends.
    scene.heir = None;
    let next = scene.import().await;
    scene.ends_well(next).await;
}

/// Whoever stands in the middle of a claim holds what all claims pass through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_in_a_claim_holds_nobody_up_for_long() {
    let (scene, job) = frozen("claim_uncommitted").await;
    scene.ends_well(job).await;
    scene.worker.process.thaw();
    let next = scene.import().await;
    scene.ends_well(next).await;
}

/// At no particular instruction: three times in one job, while another works as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_anywhere() {
    let mut scene = Scene::new(Layout::Cluster, &[("DEMO_SPEED", "2")]).await;
    let job = scene.import().await;
    scene.replace().await;
    for round in 1..=3 {
        scene.recorder.sees("it goes on", |update| update.current_video > 8 * round).await;
        let holds = "SELECT count(*) FROM processing_jobs WHERE lease_until > clock_timestamp() OR ended_at IS NOT NULL";
        scene.worker.process.freeze().await;
        until("somebody holds the job", async || scene.cluster.number(holds).await > 0).await;
        scene.worker.process.thaw();
    }
    scene.ends_well(job).await;
}
