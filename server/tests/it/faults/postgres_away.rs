//! PostgreSQL stops, crashes, falls silent, or loses connections during a job: the worker waits and continues.

use reqwest::Method;

use super::{
    harness::{Harness, Layout},
    postgres_server::PostgresServer,
    proxy::LinkState,
};
use crate::support::wait_until;

/// Stops PostgreSQL twice during a job.
async fn job_continues_after(mode: &str) {
    let server = PostgresServer::start();
    let mut harness = Harness::on(&server).await;
    let job = harness.import().await;
    for round in 1..=2 {
        harness.recorder.wait_for_update("it goes on", |update| update.current_video >= 8 * round).await;
        server.stop(mode);
        // By then the worker has tried and failed, too.
        let (worker, web) = (&mut harness.worker, harness.web.as_mut().expect("a cluster has one"));
        let ready = format!("{}/readyz", web.base());
        wait_until("the web process says that it is not ready", async || reqwest::get(&ready).await.is_ok_and(|answer| answer.status() == 503)).await;
        assert!(worker.process.exit_status().is_none() && web.process.exit_status().is_none(), "both processes live on");
        server.start_again();
    }
    harness.wait_for_sound_end(job).await;
    assert_eq!(harness.recorder.connections().len(), 1, "sockets that were open stay open");
    drop(harness);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn job_continues_after_a_restart_of_postgres() {
    job_continues_after("fast").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn job_continues_after_a_crash_of_postgres() {
    job_continues_after("immediate").await;
}

/// A commit whose answer is lost may or may not have succeeded; both have to work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn job_survives_connections_cut_twenty_times() {
    let harness = Harness::new(Layout::Cluster, &[("DEMO_SPEED", "2")]).await;
    let job = harness.import().await;
    for round in 1..=20 {
        harness.recorder.wait_for_update("it goes on", |update| update.current_video >= round).await;
        harness.worker.database.as_ref().expect("it has one").cut();
    }
    harness.wait_for_sound_end(job).await;
}

/// As by a load balancer without a server: connections are accepted and closed immediately.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_that_closes_every_connection_counts_as_unavailable() {
    let harness = Harness::new(Layout::Cluster, &[]).await;
    let job = harness.import().await;
    harness.recorder.wait_for_update("it goes on", |update| update.current_video >= 4).await;
    let web = harness.web.as_ref().expect("a cluster has one");
    let links = [&harness.worker, web].map(|node| node.database.as_ref().expect("it has one"));
    for link in links {
        link.set(LinkState::Refusing);
        link.cut();
    }
    let hasty = harness.person.hasty();
    for _ in 0..20 {
        assert_eq!(hasty.status(Method::GET, "/api/lists").await, 503);
    }
    for link in links {
        link.set(LinkState::Up);
    }
    harness.wait_for_sound_end(job).await;
    assert_eq!(harness.worker.process.find_in_log("a job was abandoned"), None, "the worker waited");
}

/// Connections stay open without an answer; the worker's locks time out, and another worker continues.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_cut_off_from_postgres_is_replaced() {
    for link_state in [LinkState::Blackhole, LinkState::RepliesLost] {
        let mut harness = Harness::new(Layout::Cluster, &[]).await;
        let job = harness.import().await;
        harness.recorder.wait_for_update("it goes on", |update| update.current_video >= 4).await;
        let link = harness.worker.database.as_ref().expect("it has one");
        link.set(link_state);
        harness.replace().await;
        harness.wait_for_sound_end(job).await;
        // Once connected again, it finds that its job has ended and processes the next one.
        harness.worker.database.as_ref().expect("it has one").set(LinkState::Up);
        harness.successor = None;
        let next = harness.import().await;
        harness.wait_for_sound_end(next).await;
    }
}

/// Every round trip takes longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_database_only_slows_the_job_down() {
    let harness = Harness::new(Layout::Cluster, &[]).await;
    harness.worker.database.as_ref().expect("it has one").set(LinkState::Delayed(std::time::Duration::from_millis(20)));
    let job = harness.import().await;
    harness.wait_for_sound_end(job).await;
}
