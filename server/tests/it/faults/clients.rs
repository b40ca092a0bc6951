//! Two thousand clients at once, and clients that vanish.

use futures::future::join_all;

use super::{
    cluster::Cluster,
    file,
    process_metrics::{METRICS_ON_ANY_PORT, ProcessMetrics},
    proxy::LinkState,
    raise_file_limit,
    recorder::Recorder,
};
use crate::{
    bus::redis_server::RedisServer,
    support::{database::Database, person::Person},
};

/// This many users with this many clients each.
const PEOPLE: usize = 4;
const CLIENTS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_clients_reconnect_at_once() {
    raise_file_limit();
    let mut redis = RedisServer::start().await;
    let cluster = Cluster::on(Database::postgres().await, Some(redis.url()));
    let web = cluster.node("web", &[("MAX_SOCKETS_PER_USER", "500"), ("MAX_SOCKETS_PER_ADDRESS", "10000")]).await;
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
        recorder.wait_for_connections(2).await;
    }
    worker.restart(&["DEMO_SPEED"]).await;
    for (job, person) in &jobs {
        assert_eq!(person.wait_for_end(*job).await.current_video, 10);
    }
    let observations = cluster.check(&recorders.iter().collect::<Vec<_>>()).await;
    assert_eq!((observations.clients.len(), observations.jobs.len()), (PEOPLE * CLIENTS, PEOPLE));
}

/// The connection stays open, and the client no longer answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_open_connection_is_closed_after_a_missed_pong() {
    let cluster = Cluster::shared().await;
    let mut web = cluster.node("web", &[METRICS_ON_ANY_PORT]).await;
    let process_metrics = ProcessMetrics::for_node(&mut web).await;
    let person = Person::sign_up(&web.base()).await;
    let sockets = join_all((0..5).map(|_| person.socket())).await;
    assert_eq!(process_metrics.get("playmarks_sockets").await, 5.0);
    web.front.as_ref().expect("it listens").set(LinkState::Blackhole);
    process_metrics.wait_for_at_least(r#"playmarks_sockets_closed_total{reason="no_pong"}"#, 5.0).await;
    assert_eq!(process_metrics.get("playmarks_sockets").await, 0.0, "they no longer count towards the limit");
    drop(sockets);
}
