//! The worker is killed at every step from a claim to the last update: nothing is lost, and nothing is counted twice.

use super::harness::{Harness, Layout};
use crate::support::wait_until;

/// A test for each step and layout.
macro_rules! killed {
    ($($name:ident at $step:literal, committed: $committed:literal;)+) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::killed(super::Layout::Embedded, $step, $committed).await; })+
        }
        mod cluster {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::killed(super::Layout::Cluster, $step, $committed).await; })+
        }
    };
}

killed! {
    killed_before_a_claim_commits at "claim_uncommitted", committed: false;
    killed_after_a_claim at "claimed", committed: true;
    killed_before_a_flush_commits at "flush_uncommitted:2", committed: false;
    killed_after_a_flush_before_it_is_published at "flush_committed:2", committed: true;
    killed_after_a_flush_was_published at "flush_published:2", committed: true;
    killed_before_the_end_commits at "end_uncommitted", committed: false;
    killed_after_the_end_before_it_is_published at "end_committed", committed: true;
    killed_after_the_end_was_published at "end_published", committed: true;
}

async fn killed(layout: Layout, step: &str, committed: bool) {
    let mut harness = Harness::new(layout, &[("STOP_AT", step)]).await;
    let job = harness.import().await;
    harness.worker.process.wait_for_log("stopped at").await;
    harness.worker.process.wait_until_stopped().await;
    // It really is inside the transaction of a claim, or else outside of one: PostgreSQL gets a flush as one statement. Publishing is a task
    // of its own: the next flush may have begun.
    if layout == Layout::Cluster && !step.contains("published") {
        let free = harness.cluster.number("SELECT count(*) FROM (SELECT id FROM processing_jobs FOR UPDATE SKIP LOCKED) AS free").await;
        assert_eq!(free, i64::from(step != "claim_uncommitted"), "jobs that nobody has locked");
    }
    if step.starts_with("end_") {
        let ended = harness.cluster.number("SELECT count(*) FROM processing_jobs WHERE ended_at IS NOT NULL").await;
        assert_eq!(ended, i64::from(committed), "jobs that have ended");
    }
    harness.kill_and_replace().await;
    harness.wait_for_sound_end(job).await;
}

/// The terminal state was never published, and no worker is left: the web process finds it in the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unpublished_end_is_repaired() {
    let mut harness = Harness::new(Layout::Cluster, &[("STOP_AT", "end_committed")]).await;
    let job = harness.import().await;
    harness.worker.process.wait_for_log("stopped at").await;
    harness.worker.process.kill();
    harness.recorder.wait_for_end(job).await;
    assert_eq!(harness.recorder.connections().len(), 1, "by the socket that was open all the time");
    harness.wait_for_sound_end(job).await;
}

/// A job that kills every worker.
async fn poisoned(layout: Layout) {
    let mut harness = Harness::new(layout, &[("STOP_AT", "claimed")]).await;
    let job = harness.import().await;
    for death in 1..=10 {
        harness.worker.process.wait_for_log("stopped at").await;
        let attempts = harness.cluster.number("SELECT attempts FROM processing_jobs").await;
        assert_eq!(attempts, death - 1, "leases that were voided");
        if death < 10 {
            harness.worker.restart_without_waiting();
        }
    }
    harness.worker.restart(&["STOP_AT"]).await;
    let ended = harness.person.wait_for_end(job).await;
    assert!(ended.state.message.starts_with("Failed: The worker stopped 10 times"), "{}", ended.state.message);
    harness.cluster.check(&[&harness.recorder]).await;
}

mod job_that_kills_its_workers_fails {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn embedded() {
        super::poisoned(super::Layout::Embedded).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn cluster() {
        super::poisoned(super::Layout::Cluster).await;
    }
}

/// Nothing exists before the commit, and everything after it, although the client got no answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upload_is_stored_whole_or_not_at_all_when_the_server_is_killed() {
    for (step, stored) in [("import_uncommitted", 0), ("import_committed", 1)] {
        let mut harness = Harness::new(Layout::Embedded, &[("STOP_AT", step)]).await;
        let (person, content) = (harness.person.clone(), super::file(40));
        let upload = tokio::spawn(async move { person.import("Cooking", &content).await });
        harness.worker.process.wait_for_log("stopped at").await;
        harness.worker.process.kill();
        let jobs = harness.cluster.number("SELECT count(*) FROM processing_jobs").await;
        let items = harness.cluster.number("SELECT count(*) FROM job_items").await;
        assert_eq!((jobs, items), (stored, 40 * stored), "{step}");
        harness.worker.restart(&["STOP_AT"]).await;
        // The client uploads again: that must not create a second job.
        let job = upload.await.unwrap();
        harness.wait_for_sound_end(job).await;
        wait_until("one job", async || harness.cluster.number("SELECT count(*) FROM processing_jobs").await == 1).await;
    }
}
