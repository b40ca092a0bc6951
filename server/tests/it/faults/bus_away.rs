//! Redis dies, falls silent, or carries nothing: sockets end with 1012 or are repaired, work goes on, and the last state is right.

use reqwest::Method;

use super::{
    cluster::Cluster,
    file,
    proxy::Weather,
    recorder::Recorder,
    scene::{Layout, Scene},
    until,
};
use crate::{
    bus::redis_server::RedisServer,
    support::{database::Database, person::Person},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_killed_twenty_times_in_one_job() {
    let mut redis = RedisServer::start().await;
    let cluster = Cluster::on(Database::postgres().await, Some(redis.url()));
    let web = cluster.node("web", &[]).await;
    // So slow that the job outlasts all of it.
    let mut worker = cluster.node("worker", &[("DEMO_SPEED", "0.1")]).await;
    let person = Person::sign_up(&web.base()).await.patient();
    let recorder = Recorder::start(&person).await;
    let job = person.import("Cooking", &file(40)).await;
    for round in 1..=20 {
        let latest = || recorder.connections().get(round - 1).cloned().unwrap_or_default();
        until("the client is back and knows of the job", async || latest().updates().any(|update| update.job_id == job)).await;
        redis.kill();
        until("the client's socket is closed", async || latest().close.is_some()).await;
        assert_eq!(latest().close, Some((1012, "bus_lost".into())), "round {round}");
        redis.run().await;
    }
    assert_eq!(cluster.number("SELECT count(*) FROM processing_jobs WHERE ended_at IS NULL").await, 1, "it was one job all the time");
    worker.restart(&["DEMO_SPEED"]).await;
    assert_eq!(person.ended(job).await.current_video, 40);
    cluster.check(&[&recorder]).await;
}

/// Nothing is refused, nothing is reset, nothing arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_falls_silent_is_noticed() {
    let scene = Scene::new(Layout::Cluster, &[("DEMO_SPEED", "1")]).await;
    let web = scene.web.as_ref().expect("a cluster has one");
    let links = [&scene.worker, web].map(|node| node.bus.as_ref().expect("it has one"));
    let job = scene.import().await;
    scene.recorder.sees("it goes on", |update| update.current_video >= 2).await;
    for link in links {
        link.set(Weather::Void);
    }
    until("the socket is closed", async || scene.recorder.connections()[0].close.is_some()).await;
    assert_eq!(scene.recorder.connections()[0].close, Some((1012, "bus_lost".into())));
    let refused = Person::sign_up(&web.base()).await.request(Method::POST, "/api/ws/ticket").send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(scene.person.ended(job).await.current_video, 40, "work needs no Redis");
    for link in links {
        link.set(Weather::Fair);
    }
    scene.recorder.connected(2).await;
    scene.ends_well(job).await;
}

/// Both sides are connected, and what the worker publishes arrives nowhere: only the look at the database can find it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_that_are_lost_in_silence_are_found() {
    let elsewhere = RedisServer::start().await;
    let scene = Scene::new(Layout::Cluster, &[("REDIS_URL", &elsewhere.url())]).await;
    let job = scene.import().await;
    scene.ends_well(job).await;
    assert_eq!(scene.recorder.connections().len(), 1, "by the socket that was open all the time");
}
