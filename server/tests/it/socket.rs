//! The WebSocket over a real listener, with a real client, but without authentication.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use app::wire::{JobStatus, ProgressUpdate};
use axum::{
    Router,
    extract::{State, ws::WebSocketUpgrade},
    response::Response,
    routing::get,
};
use futures::{SinkExt, StreamExt};
use server::internals::{
    auth::SocketUser,
    bus::{Bus, Signal, WorkSignal, local::LocalBus},
    error::AppError,
    hub::Hub,
    ws,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use uuid::Uuid;

use crate::{
    bus::{redis_server::RedisServer, shared_redis},
    support::{TIMEOUT, wait_until},
};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

const USER: SocketUser = SocketUser { user_id: Uuid::from_u128(1), session_id: Uuid::from_u128(2), expires_at: None };

/// Instead of authentication: everybody is this user.
#[derive(Clone)]
struct TestState {
    hub: Arc<Hub>,
    socket_user: SocketUser,
    sockets: TaskTracker,
}

async fn upgrade_handler(State(state): State<TestState>, upgrade: WebSocketUpgrade) -> Result<Response, AppError> {
    let attachment = state.hub.attach(state.socket_user, true).await?;
    Ok(ws::accept(upgrade, attachment, None, async { Ok(vec![update(1, 1)]) }, state.sockets.token()))
}

struct Process {
    address: SocketAddr,
    bus: Arc<dyn Bus>,
    sockets: TaskTracker,
    shutdown: CancellationToken,
    _end: DropGuard,
}

impl Process {
    async fn start(bus: Arc<dyn Bus>, shutdown: CancellationToken, socket_user: SocketUser) -> Self {
        let (hub, sockets) = (Hub::new(bus.clone(), 2, WorkSignal::default()), TaskTracker::new());
        tokio::spawn(Arc::clone(&hub).run(shutdown.clone()));
        let router = Router::new().route("/", get(upgrade_handler)).with_state(TestState { hub, socket_user, sockets: sockets.clone() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, bus, sockets, _end: shutdown.clone().drop_guard(), shutdown }
    }

    async fn local() -> Self {
        Self::start(Arc::new(LocalBus::new()), CancellationToken::new(), USER).await
    }

    async fn redis(url: &str, socket_user: SocketUser) -> Self {
        let shutdown = CancellationToken::new();
        let (bus, _supervisor) = server::internals::bus::redis::RedisBus::start(url, shutdown.clone()).await.unwrap();
        Self::start(Arc::new(bus), shutdown, socket_user).await
    }
}

fn update(job: u128, seq: u64) -> ProgressUpdate {
    let core = ProgressUpdate::core(Uuid::from_u128(job), JobStatus::Processing, 50, 5, 10, "Processing video 5/10");
    ProgressUpdate { seq: Some(seq), ..core }
}

fn json(update: &ProgressUpdate) -> String {
    serde_json::to_string(update).unwrap()
}

async fn publish(bus: &Arc<dyn Bus>, user_id: Uuid, update: &ProgressUpdate) {
    bus.publish(user_id, json(update).into()).await.unwrap();
}

/// A client that has received the heartbeat and the snapshot.
async fn connect(process: &Process) -> Client {
    let (mut client, response) = connect_async(format!("ws://{}/", process.address)).await.unwrap();
    assert_eq!(response.status(), 101);
    assert_eq!(text(&mut client).await, format!(r#"{{"type":"heartbeat","version":"{}"}}"#, ws::VERSION));
    assert_eq!(text(&mut client).await, json(&update(1, 1)));
    client
}

async fn next(client: &mut Client) -> Message {
    tokio::time::timeout(TIMEOUT, client.next()).await.expect("nothing came").expect("the connection ended").expect("the connection broke")
}

async fn text(client: &mut Client) -> String {
    next(client).await.into_text().unwrap().as_str().to_owned()
}

async fn closed(client: &mut Client) -> (u16, String) {
    match next(client).await {
        Message::Close(Some(frame)) => (frame.code.into(), frame.reason.as_str().to_owned()),
        other => panic!("{other:?} instead of a close frame"),
    }
}

/// The status, and whether there is a `Retry-After`.
async fn refused_upgrade(process: &Process) -> (u16, bool) {
    match connect_async(format!("ws://{}/", process.address)).await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => (response.status().as_u16(), response.headers().contains_key("retry-after")),
        other => panic!("{other:?} instead of a refusal"),
    }
}

#[tokio::test]
async fn client_gets_the_snapshot_and_then_every_update() {
    let process = Process::local().await;
    let mut client = connect(&process).await;
    for seq in 2..50 {
        publish(&process.bus, USER.user_id, &update(1, seq)).await;
        assert_eq!(text(&mut client).await, json(&update(1, seq)));
    }
    client.send(Message::Ping(bytes::Bytes::from_static(b"are you there"))).await.unwrap();
    assert_eq!(next(&mut client).await, Message::Pong(bytes::Bytes::from_static(b"are you there")));
    client.send(Message::text("x".repeat(4096))).await.unwrap();
    publish(&process.bus, USER.user_id, &update(1, 50)).await;
    assert_eq!(text(&mut client).await, json(&update(1, 50)), "what a client says is ignored");
}

#[tokio::test]
async fn sockets_close_with_the_code_of_their_reason() {
    let process = Process::local().await;
    let mut client = connect(&process).await;
    client.send(Message::text("x".repeat(4097))).await.unwrap();
    assert_eq!(closed(&mut client).await, (1009, "too_big".into()));
    let mut client = connect(&process).await;
    process.bus.signal(&Signal::SessionEnded { session_id: USER.session_id }).await.unwrap();
    assert_eq!(closed(&mut client).await, (1008, "session_ended".into()));
    let mut client = connect(&process).await;
    process.shutdown.cancel();
    assert_eq!(closed(&mut client).await, (1001, "going_away".into()));
    drop(client);
    assert_eq!(refused_upgrade(&process).await, (503, true));
    process.sockets.close();
    tokio::time::timeout(TIMEOUT, process.sockets.wait()).await.expect("a socket's task outlives it");
}

/// RFC 6455: 5.2 (reserved bits and opcodes), 5.1 (masks), 5.4 (fragments), 5.5 (control frames), 7.4 (codes), 8.1 (UTF-8).
#[tokio::test]
async fn invalid_frames_are_answered_with_the_code_of_the_protocol() {
    let process = Process::local().await;
    for (what, frame, code) in [
        ("reserved bit", &b"\xC1\x80\0\0\0\0"[..], 1002),
        ("reserved data opcode", b"\x83\x80\0\0\0\0", 1002),
        ("reserved control opcode", b"\x8B\x80\0\0\0\0", 1002),
        ("no mask", b"\x81\x01x", 1002),
        ("continuation of nothing", b"\x80\x80\0\0\0\0", 1002),
        ("text inside a fragmented message", b"\x01\x80\0\0\0\0\x81\x80\0\0\0\0", 1002),
        ("fragmented ping", b"\x09\x80\0\0\0\0", 1002),
        ("ping of 126 bytes", &[&b"\x89\xFE\0\x7E\0\0\0\0"[..], &[0; 126]].concat(), 1002),
        ("close of one byte", b"\x88\x81\0\0\0\0\x03", 1002),
        ("close code 1005", b"\x88\x82\0\0\0\0\x03\xED", 1002),
        ("text that is not UTF-8", b"\x81\x81\0\0\0\0\xFF", 1007),
        ("fragments that are not UTF-8", b"\x01\x81\0\0\0\0\xC3\x80\x81\0\0\0\0x", 1007),
        ("close reason that is not UTF-8", b"\x88\x83\0\0\0\0\x03\xE8\xFF", 1007),
    ] {
        let mut client = connect(&process).await;
        client.get_mut().write_all(frame).await.unwrap();
        assert_eq!(closed(&mut client).await.0, code, "{what}");
    }
}

#[tokio::test]
async fn close_of_the_client_is_answered() {
    let process = Process::local().await;
    let mut client = connect(&process).await;
    client.close(None).await.unwrap();
    while let Some(message) = tokio::time::timeout(TIMEOUT, client.next()).await.expect("no answer") {
        assert!(matches!(message, Ok(Message::Close(_))), "{message:?}");
    }
    process.sockets.close();
    tokio::time::timeout(TIMEOUT, process.sockets.wait()).await.expect("a socket's task outlives it");
}

#[tokio::test]
async fn sockets_over_the_limit_are_refused_until_one_closes() {
    let process = Process::local().await;
    let (first, _second) = (connect(&process).await, connect(&process).await);
    assert_eq!(refused_upgrade(&process).await.0, 429);
    drop(first);
    wait_until("one socket is left", async || process.sockets.len() == 1).await;
    connect(&process).await;
}

#[tokio::test]
async fn updates_and_signals_reach_sockets_of_every_process() {
    let socket_user = SocketUser { user_id: Uuid::new_v4(), session_id: Uuid::new_v4(), expires_at: None };
    let (one, two) = (Process::redis(&shared_redis(), socket_user).await, Process::redis(&shared_redis(), socket_user).await);
    let (mut here, mut there) = (connect(&one).await, connect(&two).await);
    publish(&one.bus, socket_user.user_id, &update(1, 2)).await;
    for client in [&mut here, &mut there] {
        assert_eq!(text(client).await, json(&update(1, 2)));
    }
    two.bus.signal(&Signal::JobDismissed { user_id: socket_user.user_id, job_id: Uuid::from_u128(1) }).await.unwrap();
    for client in [&mut here, &mut there] {
        assert!(text(client).await.contains("dismissed"));
    }
    let before = std::time::Instant::now();
    two.bus.signal(&Signal::SessionEnded { session_id: socket_user.session_id }).await.unwrap();
    for client in [&mut here, &mut there] {
        assert_eq!(closed(client).await, (1008, "session_ended".into()));
    }
    assert!(before.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn sockets_close_and_are_refused_while_redis_is_down() {
    let mut redis = RedisServer::start().await;
    let process = Process::redis(&redis.url(), USER).await;
    for _ in 0..3 {
        let mut client = connect(&process).await;
        redis.kill();
        assert_eq!(closed(&mut client).await, (1012, "bus_lost".into()));
        assert_eq!(refused_upgrade(&process).await, (503, true));
        redis.run().await;
        wait_until("the bus is connected", async || process.bus.problem().is_none()).await;
        let mut client = connect(&process).await;
        publish(&process.bus, USER.user_id, &update(1, 2)).await;
        assert_eq!(text(&mut client).await, json(&update(1, 2)));
    }
}

#[tokio::test]
async fn cancelled_upgrade_leaves_no_subscription() {
    let redis = RedisServer::start().await;
    let shutdown = CancellationToken::new();
    let _end = shutdown.clone().drop_guard();
    let (bus, _supervisor) = server::internals::bus::redis::RedisBus::start(&redis.url(), shutdown.clone()).await.unwrap();
    let hub = Hub::new(Arc::new(bus), 2, WorkSignal::default());
    tokio::spawn(Arc::clone(&hub).run(shutdown));
    redis.freeze(true);
    assert!(tokio::time::timeout(Duration::from_millis(100), hub.attach(USER, false)).await.is_err());
    redis.freeze(false);
    wait_until("there is no subscription", async || redis.ask(&["PUBSUB", "CHANNELS", "progress:user:*"]).await.is_empty()).await;
    let attached = hub.attach(USER, false).await.unwrap();
    assert_eq!(redis.ask(&["PUBSUB", "CHANNELS", "progress:user:*"]).await.len(), 1);
    drop(attached);
    wait_until("there is no subscription", async || redis.ask(&["PUBSUB", "CHANNELS", "progress:user:*"]).await.is_empty()).await;
}
