//! What anybody may publish: nonsense is counted, logged and dropped, and harms nothing.

use redis::AsyncCommands;
use uuid::Uuid;

use super::{
    cluster::Cluster,
    figures::{ANYWHERE, Figures},
    file,
    recorder::Recorder,
};
use crate::{bus::shared_redis, support::person::Person};

/// A valid update of some job.
fn core(job: Uuid) -> String {
    format!(r#"{{"job_id":"{job}","status":"processing","progress":50,"current_video":5,"total_videos":10,"message":"From elsewhere"}}"#)
}

fn nonsense(job: Uuid) -> Vec<Vec<u8>> {
    let core = core(job);
    let with = |from: &str, to: &str| core.replace(from, to).into_bytes();
    vec![
        Vec::new(),
        b"not json".to_vec(),
        b"\xff\xfe\x00\x01".to_vec(),
        b"{}".to_vec(),
        b"null".to_vec(),
        format!("[{core}]").into_bytes(),
        core[..core.len() - 1].into(),
        format!("{core}{core}").into_bytes(),
        "[".repeat(16_000).into_bytes(),
        with("From elsewhere", &"x".repeat(17 * 1024)),
        with("From elsewhere", "\\ud800"),
        with("processing", "sleeping"),
        with(":50", ":101"),
        with(":50", ":-1"),
        with(":50", ":1e999"),
        with(":10,", ":0,"),
        with(":10,", ":4,"),
        with(":10,", ":4294967296,"),
        with("\"message\"", "\"seq\":0,\"message\""),
        with("\"message\"", "\"seq\":9007199254740992,\"message\""),
        with("\"message\"", "\"created_at\":\"yesterday\",\"message\""),
        with(&job.to_string(), "1' OR '1'='1"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_on_the_channels_harms_nothing() {
    let cluster = Cluster::shared().await;
    let mut web = cluster.node("web", &[ANYWHERE]).await;
    let figures = Figures::of(&mut web).await;
    let worker = cluster.node("worker", &[("DEMO_SPEED", "5")]).await;
    let (alice, bob) = (Person::sign_up(&web.base()).await.patient(), Person::sign_up(&web.base()).await.patient());
    let (hers, his) = (Recorder::start(&alice).await, Recorder::start(&bob).await);
    let job = alice.import("Cooking", &file(40)).await;
    hers.sees("it goes on", |update| update.current_video >= 1).await;

    let client = redis::Client::open(shared_redis()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let channel = format!("progress:user:{}", alice.id);
    let nonsense = nonsense(job);
    for message in &nonsense {
        let () = redis.publish(&channel, message).await.unwrap();
        let () = redis.publish("playmarks:control", message).await.unwrap();
    }
    // An end that is no end: without `seq`, of a job whose states have one.
    let () = redis.publish(&channel, core(job).replace("processing", "failed")).await.unwrap();
    // A channel of nobody.
    let () = redis.publish("progress:user:nobody", core(job)).await.unwrap();
    figures.reaches("playmarks_updates_invalid_total", nonsense.len() as f64).await;
    figures.reaches("playmarks_signals_invalid_total", nonsense.len() as f64).await;
    web.process.says("a message that is not a progress update was dropped").await;

    assert_eq!(alice.ended(job).await.current_video, 40);
    cluster.check(&[&hers, &his]).await;
    assert_eq!((hers.connections().len(), his.connections().len()), (1, 1), "nobody was closed for it");
    assert_eq!(figures.get("playmarks_panics_total").await, 0.0);
    assert_eq!(figures.get("playmarks_updates_invalid_total").await, nonsense.len() as f64);
    drop(worker);
}

/// Whoever publishes on Alice's channel speaks to Alice alone, whatever job is named; and what is true comes back with the next snapshot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_of_somebody_elses_job_ends_nothing() {
    let cluster = Cluster::shared().await;
    let web = cluster.node("web", &[]).await;
    let worker = cluster.node("worker", &[("DEMO_SPEED", "5")]).await;
    let (alice, bob) = (Person::sign_up(&web.base()).await, Person::sign_up(&web.base()).await.patient());
    let (mut hers, his) = (alice.socket().await, Recorder::start(&bob).await);
    let job = bob.import("Cooking", &file(40)).await;
    his.sees("it goes on", |update| update.current_video >= 1).await;

    let client = redis::Client::open(shared_redis()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let forged = core(job).replace("processing", "failed").replace("\"message\"", "\"seq\":1000000,\"message\"");
    // Valid, with something in it that nobody reads, and that is deep.
    let deep = forged
        .replace("\"message\"", &format!("\"x\":{}{},\"message\"", "[".repeat(5_000), "]".repeat(5_000)))
        .replace("failed", "processing")
        .replace("1000000", "1");
    for message in [deep, forged] {
        let () = redis.publish(format!("progress:user:{}", alice.id), message).await.unwrap();
        assert_eq!(hers.next().await.message, "From elsewhere");
    }
    assert_eq!(bob.ended(job).await.current_video, 40);
    cluster.check(&[&his]).await;
    drop(worker);
}
