//! PostgreSQL stops, crashes, falls silent, or loses connections in the middle of a job: the worker waits and goes on.

use reqwest::Method;

use super::{
    postgres_server::PostgresServer,
    proxy::Weather,
    scene::{Layout, Scene},
    until,
};

/// Stops it twice in the middle of a job.
async fn restarted(mode: &str) {
    let server = PostgresServer::start();
    let mut scene = Scene::on(&server).await;
    let job = scene.import().await;
    for round in 1..=2 {
        scene.recorder.sees("it goes on", |update| update.current_video >= 8 * round).await;
        server.stop(mode);
        // Longer than a worker is patient with one attempt: it has met the absence.
        let (worker, web) = (&mut scene.worker, scene.web.as_mut().expect("a cluster has one"));
        let ready = format!("{}/readyz", web.base());
        until("the web process says that it is not ready", async || reqwest::get(&ready).await.is_ok_and(|answer| answer.status() == 503)).await;
        assert!(worker.process.ended().is_none() && web.process.ended().is_none(), "both processes live on");
        server.resume();
    }
    scene.ends_well(job).await;
    assert_eq!(scene.recorder.connections().len(), 1, "sockets that were open stay open");
    drop(scene);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shut_down_and_started_again() {
    restarted("fast").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crashed_and_started_again() {
    restarted("immediate").await;
}

/// A commit whose answer is lost may or may not have happened: both go well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_cut_twenty_times_in_one_job() {
    let scene = Scene::new(Layout::Cluster, &[("DEMO_SPEED", "2")]).await;
    let job = scene.import().await;
    for round in 1..=20 {
        scene.recorder.sees("it goes on", |update| update.current_video >= round).await;
        scene.worker.database.as_ref().expect("it has one").cut();
    }
    scene.ends_well(job).await;
}

/// As of a balancer that has no server behind it: connections are taken, and closed without a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_only_hangs_up_is_away() {
    let scene = Scene::new(Layout::Cluster, &[]).await;
    let job = scene.import().await;
    scene.recorder.sees("it goes on", |update| update.current_video >= 4).await;
    let web = scene.web.as_ref().expect("a cluster has one");
    let links = [&scene.worker, web].map(|node| node.database.as_ref().expect("it has one"));
    for link in links {
        link.set(Weather::Refusing);
        link.cut();
    }
    let hasty = scene.person.hasty();
    for _ in 0..20 {
        assert_eq!(hasty.status(Method::GET, "/api/lists").await, 503);
    }
    for link in links {
        link.set(Weather::Fair);
    }
    scene.ends_well(job).await;
    assert_eq!(scene.worker.process.said("a job was abandoned"), None, "the worker waited");
}

/// Nothing is refused and nothing answers; whatever the worker holds over there ends by itself, and another goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_hears_nothing_of_its_database_is_replaced() {
    for weather in [Weather::Void, Weather::Deaf] {
        let mut scene = Scene::new(Layout::Cluster, &[]).await;
        let job = scene.import().await;
        scene.recorder.sees("it goes on", |update| update.current_video >= 4).await;
        let link = scene.worker.database.as_ref().expect("it has one");
        link.set(weather);
        scene.replace().await;
        scene.ends_well(job).await;
        // It comes back to a job that somebody else has ended, and takes up the next.
        scene.worker.database.as_ref().expect("it has one").set(Weather::Fair);
        scene.heir = None;
        let next = scene.import().await;
        scene.ends_well(next).await;
    }
}

/// Every round trip takes its time; nothing else changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_database_makes_a_slow_job_and_nothing_else() {
    let scene = Scene::new(Layout::Cluster, &[]).await;
    scene.worker.database.as_ref().expect("it has one").set(Weather::Slow(std::time::Duration::from_millis(20)));
    let job = scene.import().await;
    scene.ends_well(job).await;
}
