//! Clients that read slowly or not at all, under a flood of updates.

use std::time::Duration;

use app::wire::{Frame, JobStatus, ProgressUpdate};
use futures::StreamExt;
use redis::aio::MultiplexedConnection;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::watch,
};
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

use super::{
    cluster::Cluster,
    node::Node,
    process_metrics::{METRICS_ON_ANY_PORT, ProcessMetrics},
};
use crate::{bus::shared_redis, support::person::Person};

/// Sockets that read nothing.
const DEAF: usize = 15;
/// Jobs that change continuously.
const JOBS: u128 = 30;
/// Updates of each job; 140 MB in all.
const ROUNDS: u64 = 400;
/// Bytes of one update.
const SIZE: usize = 12_000;
/// Bytes by which the server may grow: a tenth of the flood.
const MAX_GROWTH: u64 = 64 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_do_not_read_use_bounded_memory_and_are_dropped() {
    let cluster = Cluster::shared().await;
    let mut web = cluster.node("web", &[METRICS_ON_ANY_PORT]).await;
    let process_metrics = ProcessMetrics::for_node(&mut web).await;
    let person = Person::sign_up(&web.direct()).await;
    let mut deaf = Vec::new();
    for _ in 0..DEAF {
        deaf.push(narrow(&web, &person).await);
    }
    let (flooding, flooded) = watch::channel(true);
    let slow = tokio::spawn(ends(narrow(&web, &person).await, flooded));
    let before = web.process.resident();

    let client = redis::Client::open(shared_redis()).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    for round in 1..=ROUNDS {
        publish(&mut redis, person.id, round, JobStatus::Processing).await;
        // No faster than the bus is read: dropping messages is not tested here.
        process_metrics.wait_for_at_least("playmarks_updates_received_total", (u128::from(round) * JOBS) as f64).await;
    }
    let grown = web.process.resident().saturating_sub(before);
    assert!(grown < MAX_GROWTH, "{} MB", grown >> 20);
    publish(&mut redis, person.id, ROUNDS + 1, JobStatus::Completed).await;
    flooding.send_replace(false);
    assert_eq!(slow.await.unwrap(), JOBS as usize, "who reads slowly learns every end");
    process_metrics.wait_for_at_least(r#"playmarks_sockets_closed_total{reason="stalled"}"#, DEAF as f64).await;
    drop(deaf);
}

/// A client that reads nothing, with a receive buffer of a few kilobytes.
async fn narrow(web: &Node, person: &Person) -> WebSocketStream<TcpStream> {
    let url: url::Url = web.direct().parse().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(url.socket_addrs(|| None).unwrap()[0]).await.unwrap();
    let ticket = person.ticket().await.unwrap();
    client_async(person.socket_url(&ticket.ticket), stream).await.unwrap().0
}

async fn publish(redis: &mut MultiplexedConnection, user: Uuid, round: u64, status: JobStatus) {
    let mut pipe = redis::pipe();
    for job in 1..=JOBS {
        let update = serde_json::json!({
            "job_id": Uuid::from_u128(job), "status": status, "progress": 50, "current_video": 5, "total_videos": 10, "seq": round,
            "message": "x".repeat(SIZE),
        });
        pipe.publish(format!("progress:user:{user}"), update.to_string());
    }
    pipe.exec_async(redis).await.unwrap();
}

/// Reads slowly during the flood and then everything; returns how many jobs it saw end. `seq` must grow, and each job end once.
async fn ends(mut socket: WebSocketStream<TcpStream>, flooded: watch::Receiver<bool>) -> usize {
    let mut known: Vec<ProgressUpdate> = Vec::new();
    let ended = |known: &[ProgressUpdate]| known.iter().filter(|update| update.status.is_terminal()).count();
    while ended(&known) < JOBS as usize {
        if *flooded.borrow() {
            // Makes the client slow; nothing is synchronised by it.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let message = socket.next().await.expect("who reads is not closed").unwrap();
        let Some(Frame::Update(update)) = message.to_text().ok().and_then(Frame::parse) else { continue };
        match known.iter_mut().find(|known| known.job_id == update.job_id) {
            Some(known) => {
                assert!(!known.status.is_terminal() && known.seq < update.seq, "{known:?}, then {update:?}");
                *known = *update;
            }
            None => known.push(*update),
        }
    }
    ended(&known)
}
