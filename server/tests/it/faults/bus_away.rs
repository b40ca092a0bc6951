//! Redis is killed, falls silent, or loses messages: sockets close with 1012 or are repaired, and jobs continue.

use reqwest::Method;

use super::{
    cluster::Cluster,
    file,
    harness::{Harness, Layout},
    proxy::LinkState,
    recorder::Recorder,
};
use crate::{
    bus::redis_server::RedisServer,
    support::{database::Database, person::Person, wait_until},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn job_survives_redis_killed_twenty_times() {
    let mut redis = RedisServer::start().await;
    let cluster = Cluster::on(Database::postgres().await, Some(redis.url()));
    let web = cluster.node("web", &[]).await;
    // Slow enough to last through all of it.
    let mut worker = cluster.node("worker", &[("DEMO_SPEED", "0.1")]).await;
    let person = Person::sign_up(&web.base()).await.patient();
    let recorder = Recorder::start(&person).await;
    let job = person.import("Cooking", &file(40)).await;
    for round in 1..=20 {
        let latest = || recorder.connections().get(round - 1).cloned().unwrap_or_default();
        wait_until("the client is back and knows of the job", async || latest().updates().any(|update| update.job_id == job)).await;
        redis.kill();
        wait_until("the client's socket is closed", async || latest().close.is_some()).await;
        assert_eq!(latest().close, Some((1012, "bus_lost".into())), "round {round}");
        redis.run().await;
    }
    assert_eq!(cluster.number("SELECT count(*) FROM processing_jobs WHERE ended_at IS NULL").await, 1, "it is still the same job");
    worker.restart(&["DEMO_SPEED"]).await;
    assert_eq!(person.wait_for_end(job).await.current_video, 40);
    cluster.check(&[&recorder]).await;
}

/// Connections stay open, and no data arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_redis_closes_sockets_until_it_answers() {
    let harness = Harness::new(Layout::Cluster, &[("DEMO_SPEED", "1")]).await;
    let web = harness.web.as_ref().expect("a cluster has one");
    let links = [&harness.worker, web].map(|node| node.bus.as_ref().expect("it has one"));
    let job = harness.import().await;
    harness.recorder.wait_for_update("it goes on", |update| update.current_video >= 2).await;
    for link in links {
        link.set(LinkState::Blackhole);
    }
    wait_until("the socket is closed", async || harness.recorder.connections()[0].close.is_some()).await;
    assert_eq!(harness.recorder.connections()[0].close, Some((1012, "bus_lost".into())));
    let refused = Person::sign_up(&web.base()).await.request(Method::POST, "/api/ws/ticket").send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(harness.person.wait_for_end(job).await.current_video, 40, "jobs do not need Redis");
    for link in links {
        link.set(LinkState::Up);
    }
    harness.recorder.wait_for_connections(2).await;
    harness.wait_for_sound_end(job).await;
}

/// The worker publishes to another Redis, so the web process learns of its updates only from the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silently_lost_updates_are_repaired() {
    let elsewhere = RedisServer::start().await;
    let harness = Harness::new(Layout::Cluster, &[("REDIS_URL", &elsewhere.url())]).await;
    let job = harness.import().await;
    harness.wait_for_sound_end(job).await;
    assert_eq!(harness.recorder.connections().len(), 1, "the socket stayed open");
}
