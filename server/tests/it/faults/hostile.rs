//! Invalid messages from other publishers are counted, logged and dropped.

use redis::AsyncCommands;
use uuid::Uuid;

use super::{
    cluster::Cluster,
    file,
    process_metrics::{METRICS_ON_ANY_PORT, ProcessMetrics},
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
async fn invalid_messages_on_the_channels_are_dropped() {
    let cluster = Cluster::shared().await;
    let mut web = cluster.node("web", &[METRICS_ON_ANY_PORT]).await;
    let process_metrics = ProcessMetrics::for_node(&mut web).await;
    let worker = cluster.node("worker", &[("DEMO_SPEED", "5")]).await;
    let (alice, bob) = (Person::sign_up(&web.base()).await.patient(), Person::sign_up(&web.base()).await.patient());
    let (hers, his) = (Recorder::start(&alice).await, Recorder::start(&bob).await);
    let job = alice.import("Cooking", &file(40)).await;
    hers.wait_for_update("it goes on", |update| update.current_video >= 1).await;

    let client = redis::Client::open(shared_redis()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let channel = format!("progress:user:{}", alice.id);
    let nonsense = nonsense(job);
    for message in &nonsense {
        let () = redis.publish(&channel, message).await.unwrap();
        let () = redis.publish("playmarks:control", message).await.unwrap();
    }
    // A terminal update without `seq`, of a job whose states have one: it ends nothing.
    let () = redis.publish(&channel, core(job).replace("processing", "failed")).await.unwrap();
    // A channel of no user.
    let () = redis.publish("progress:user:nobody", core(job)).await.unwrap();
    process_metrics.wait_for_at_least("playmarks_updates_invalid_total", nonsense.len() as f64).await;
    process_metrics.wait_for_at_least("playmarks_signals_invalid_total", nonsense.len() as f64).await;
    web.process.wait_for_log("a message that is not a progress update was dropped").await;

    assert_eq!(alice.wait_for_end(job).await.current_video, 40);
    cluster.check(&[&hers, &his]).await;
    assert_eq!((hers.connections().len(), his.connections().len()), (1, 1), "nobody was closed for it");
    assert_eq!(process_metrics.get("playmarks_panics_total").await, 0.0);
    assert_eq!(process_metrics.get("playmarks_updates_invalid_total").await, nonsense.len() as f64);
    drop(worker);
}

/// A message on Alice's channel reaches Alice only, whatever job it names, and the next snapshot corrects it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_terminal_update_ends_no_job() {
    let cluster = Cluster::shared().await;
    let web = cluster.node("web", &[]).await;
    let worker = cluster.node("worker", &[("DEMO_SPEED", "5")]).await;
    let (alice, bob) = (Person::sign_up(&web.base()).await, Person::sign_up(&web.base()).await.patient());
    let (mut hers, his) = (alice.socket().await, Recorder::start(&bob).await);
    let job = bob.import("Cooking", &file(40)).await;
    his.wait_for_update("it goes on", |update| update.current_video >= 1).await;

    let client = redis::Client::open(shared_redis()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let forged = core(job).replace("processing", "failed").replace("\"message\"", "\"seq\":1000000,\"message\"");
    // Valid, with a deeply nested unknown field.
    let deep = forged
        .replace("\"message\"", &format!("\"x\":{}{},\"message\"", "[".repeat(5_000), "]".repeat(5_000)))
        .replace("failed", "processing")
        .replace("1000000", "1");
    for message in [deep, forged] {
        let () = redis.publish(format!("progress:user:{}", alice.id), message).await.unwrap();
        assert_eq!(hers.next().await.message, "From elsewhere");
    }
    assert_eq!(bob.wait_for_end(job).await.current_video, 40);
    cluster.check(&[&his]).await;
    drop(worker);
}
