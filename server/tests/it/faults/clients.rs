//! Two thousand clients at once, and clients that have vanished.

use futures::future::join_all;

use super::{
    cluster::Cluster,
    figures::{ANYWHERE, Figures},
    file, open_many_files,
    proxy::Weather,
    recorder::Recorder,
};
use crate::{
    bus::redis_server::RedisServer,
    support::{database::Database, person::Person},
};

/// People, and clients that each of them has open.
const PEOPLE: usize = 4;
const CLIENTS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_clients_come_back_at_once() {
    open_many_files();
    let mut redis = RedisServer::start().await;
    let cluster = Cluster::on(Database::postgres().await, Some(redis.url()));
    let web = cluster.node("web", &[("MAX_SOCKETS_PER_USER", "500")]).await;
    let mut worker = cluster.node("worker", &[("DEMO_SPEED", "0.1")]).await;
    let (mut jobs, mut recorders) = (Vec::new(), Vec::new());
    for _ in 0..PEOPLE {
        let person = Person::sign_up(&web.direct()).await.patient();
        recorders.extend(join_all((0..CLIENTS).map(|_| Recorder::start(&person))).await);
        jobs.push((person.import("Cooking", &file(10)).await, person));
    }
    redis.kill();
    redis.run().await;
    for recorder in &recorders {
        recorder.connected(2).await;
    }
    worker.restart(&["DEMO_SPEED"]).await;
    for (job, person) in &jobs {
        assert_eq!(person.ended(*job).await.current_video, 10);
    }
    let evidence = cluster.check(&recorders.iter().collect::<Vec<_>>()).await;
    assert_eq!((evidence.clients.len(), evidence.jobs.len()), (PEOPLE * CLIENTS, PEOPLE));
}

/// The connection stands, and nobody is at its other end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_is_let_go() {
    let cluster = Cluster::shared().await;
    let mut web = cluster.node("web", &[ANYWHERE]).await;
    let figures = Figures::of(&mut web).await;
    let person = Person::sign_up(&web.base()).await;
    let sockets = join_all((0..5).map(|_| person.socket())).await;
    assert_eq!(figures.get("playmarks_sockets").await, 5.0);
    web.front.as_ref().expect("it listens").set(Weather::Void);
    figures.reaches(r#"playmarks_sockets_closed_total{reason="no_pong"}"#, 5.0).await;
    assert_eq!(figures.get("playmarks_sockets").await, 0.0, "their places are free");
    drop(sockets);
}
