//! The hub with the in-process bus.

mod announcements;

use std::{sync::Arc, time::Duration};

use app::wire::{JobStatus, MAX_UPDATE_BYTES, ProgressUpdate};
use bytes::Bytes;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::*;
use crate::bus::{BusEvent, Signal, local::LocalBus};

struct Running {
    hub: Arc<Hub>,
    bus: Arc<LocalBus>,
    work: WorkSignal,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), HubError>>,
}

fn start() -> Running {
    let (bus, work, shutdown) = (Arc::new(LocalBus::new()), WorkSignal::default(), CancellationToken::new());
    let hub = Hub::new(bus.clone(), 3, work.clone());
    let task = tokio::spawn(Arc::clone(&hub).run(shutdown.clone()));
    Running { hub, bus, work, shutdown, task }
}

fn user(n: u128) -> SocketUser {
    SocketUser { user_id: Uuid::from_u128(n), session_id: Uuid::from_u128(n << 64), expires_at: None }
}

fn update(job: u128, seq: Option<u64>, status: JobStatus) -> ProgressUpdate {
    let core = ProgressUpdate::core(Uuid::from_u128(job), status, 50, 5, 10, "Processing video 5/10");
    ProgressUpdate { seq, ..core }
}

fn json(update: &ProgressUpdate) -> Bytes {
    serde_json::to_vec(update).unwrap().into()
}

/// The next frame or close in a mailbox, which must come soon.
async fn next(attachment: &Attachment) -> Next {
    let wait = async {
        loop {
            match attachment.mailbox().next() {
                Next::Empty => attachment.mailbox().wait_until_ready().await,
                next => return next,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), wait).await.expect("nothing came")
}

fn text(next: Next) -> String {
    match next {
        Next::Frame(frame) => frame.as_str().to_owned(),
        other => panic!("{other:?} instead of a frame"),
    }
}

#[tokio::test]
async fn update_is_encoded_once_and_sent_to_all_sockets_of_its_user_only() {
    let Running { hub, bus, .. } = start();
    let (one, two) = (hub.attach(user(1), false).await.unwrap(), hub.attach(user(1), true).await.unwrap());
    let other = hub.attach(user(2), false).await.unwrap();
    let state = update(7, Some(1), JobStatus::Processing);
    // As another program may write it: spaces, an unknown field, null for a missing value.
    let foreign = serde_json::to_string_pretty(&state).unwrap().replacen('{', "{\"colour\":\"red\",\"error\":null,", 1);
    bus.publish(user(1).user_id, foreign.into()).await.unwrap();
    let (Next::Frame(first), Next::Frame(second)) = (next(&one).await, next(&two).await) else { panic!("no frames") };
    assert_eq!(first.as_str().as_ptr(), second.as_str().as_ptr());
    assert_eq!(first.as_str().as_bytes(), json(&state));
    assert_eq!(other.mailbox().next(), Next::Empty);
}

#[tokio::test]
async fn invalid_updates_are_dropped_and_the_next_valid_one_is_delivered() {
    let Running { hub, bus, .. } = start();
    let socket = hub.attach(user(1), false).await.unwrap();
    let long = update(7, Some(1), JobStatus::Processing);
    let long = ProgressUpdate { message: "x".repeat(MAX_UPDATE_BYTES), ..long };
    let out_of_range = ProgressUpdate { progress: 101, ..update(7, Some(1), JobStatus::Processing) };
    for hostile in [
        Bytes::from_static(b"garbage"),
        Bytes::from_static(b"\xff\xfe"),
        Bytes::new(),
        json(&long),
        json(&out_of_range),
        Bytes::from(vec![b'['; 100_000]),
    ] {
        bus.publish(user(1).user_id, hostile).await.unwrap();
    }
    let core = update(8, None, JobStatus::Completed);
    bus.publish(user(1).user_id, json(&core)).await.unwrap();
    assert_eq!(text(next(&socket).await).as_bytes(), json(&core), "the stable core alone is delivered");
    assert_eq!(socket.mailbox().next(), Next::Empty);
}

#[tokio::test]
async fn mailbox_keeps_one_frame_per_job_when_nobody_reads_it() {
    let Running { hub, bus, .. } = start();
    let (slow, other) = (hub.attach(user(1), false).await.unwrap(), hub.attach(user(1), true).await.unwrap());
    for n in 0..10_000u64 {
        let status = if n >= 9_980 { JobStatus::Completed } else { JobStatus::Processing };
        bus.publish(user(1).user_id, json(&update(u128::from(n % 20), Some(n / 20 + 1), status))).await.unwrap();
        if n % 100 == 0 {
            tokio::task::yield_now().await;
        }
    }
    bus.signal(&Signal::JobsRemoved { user_id: user(1).user_id, job_ids: vec![Uuid::from_u128(99)] }).await.unwrap();
    let mut last = String::new();
    while !last.contains("removed") {
        last = text(next(&other).await);
    }
    assert_eq!(slow.mailbox().queued(), 20);
    for _ in 0..20 {
        assert!(text(next(&slow).await).contains("\"completed\""));
    }
}

#[tokio::test]
async fn socket_over_the_limit_is_refused_until_one_closes() {
    let Running { hub, .. } = start();
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(hub.attach(user(1), false).await.unwrap());
    }
    let refused = hub.attach(user(1), false).await.err().unwrap();
    assert!(matches!(refused, AttachError::TooManySockets(3)));
    let refused = crate::error::AppError::from(refused).into_problem();
    assert_eq!((refused.status, &*refused.code), (429, "too_many_sockets"));
    assert!(hub.check_capacity(user(1).user_id).is_err() && hub.check_capacity(user(2).user_id).is_ok());
    assert!(hub.attach(user(2), false).await.is_ok());
    open.pop();
    assert!(hub.attach(user(1), false).await.is_ok());
}

#[tokio::test]
async fn closing_the_last_socket_unsubscribes_its_user() {
    let Running { hub, .. } = start();
    let (one, two) = (hub.attach(user(1), false).await.unwrap(), hub.attach(user(1), false).await.unwrap());
    drop(one);
    assert_eq!(hub.connected_users().len(), 1);
    drop(two);
    tokio::time::timeout(Duration::from_secs(5), async {
        while !hub.connected_users().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    // And it is restored.
    let three = hub.attach(user(1), false).await.unwrap();
    hub.bus.publish(user(1).user_id, json(&update(1, Some(1), JobStatus::Pending))).await.unwrap();
    assert!(text(next(&three).await).contains("pending"));
}

#[tokio::test]
async fn signal_is_sent_only_to_sockets_of_its_user_or_session() {
    let Running { hub, bus, work, .. } = start();
    let (page, plain, other) =
        (hub.attach(user(1), true).await.unwrap(), hub.attach(user(1), false).await.unwrap(), hub.attach(user(2), true).await.unwrap());
    let job_id = Uuid::from_u128(5);
    bus.signal(&Signal::JobDismissed { user_id: user(1).user_id, job_id }).await.unwrap();
    assert_eq!(text(next(&page).await), format!(r#"{{"type":"dismissed","job_id":"{job_id}"}}"#));
    bus.signal(&Signal::JobsRemoved { user_id: user(2).user_id, job_ids: vec![job_id] }).await.unwrap();
    assert_eq!(text(next(&other).await), format!(r#"{{"type":"removed","job_id":"{job_id}"}}"#));
    assert_eq!(plain.mailbox().next(), Next::Empty);
    bus.signal(&Signal::WorkWaiting).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), work.wait()).await.unwrap();
    bus.signal(&Signal::SessionEnded { session_id: user(1).session_id }).await.unwrap();
    assert_eq!(next(&page).await, Next::Close(CloseReason::SessionEnded));
    assert_eq!(next(&plain).await, Next::Close(CloseReason::SessionEnded));
    assert_eq!(other.mailbox().next(), Next::Empty);
}

#[tokio::test]
async fn thousands_of_removals_are_one_message_and_keep_sockets_open() {
    let Running { hub, bus, .. } = start();
    let (page, id) = (hub.attach(user(1), true).await.unwrap(), user(1).user_id);
    bus.publish(id, json(&update(4_999, Some(1), JobStatus::Processing))).await.unwrap();
    assert!(text(next(&page).await).contains("\"seq\":1"));
    let job_ids = (0..5_000).map(Uuid::from_u128).collect();
    bus.signal(&Signal::JobsRemoved { user_id: id, job_ids }).await.unwrap();
    let frame = text(next(&page).await);
    assert_eq!(frame, format!(r#"{{"type":"removed","job_id":"{}"}}"#, Uuid::from_u128(4_999)), "the job that is shown comes first");
    assert_eq!(page.mailbox().close_reason(), None);
}

#[tokio::test]
async fn shutdown_closes_every_socket_and_refuses_new_ones() {
    let Running { hub, shutdown, task, .. } = start();
    let socket = hub.attach(user(1), false).await.unwrap();
    shutdown.cancel();
    task.await.unwrap().unwrap();
    assert_eq!(socket.mailbox().next(), Next::Close(CloseReason::GoingAway));
    assert!(matches!(hub.attach(user(1), false).await, Err(AttachError::BusUnavailable(_))));
    assert!(matches!(Arc::clone(&hub).run(CancellationToken::new()).await, Err(HubError::AlreadyRunning)));
}

#[tokio::test]
async fn batch_delivers_the_newest_state_of_a_job_and_every_terminal_one() {
    let Running { hub, bus, .. } = start();
    let socket = hub.attach(user(1), false).await.unwrap();
    let id = user(1).user_id;
    for seq in [4, 1, 3, 2] {
        bus.publish(id, json(&update(1, Some(seq), JobStatus::Processing))).await.unwrap();
    }
    bus.publish(id, json(&update(1, None, JobStatus::Processing))).await.unwrap();
    bus.publish(id, json(&update(2, Some(5), JobStatus::Failed))).await.unwrap();
    bus.publish(id, json(&update(2, Some(6), JobStatus::Processing))).await.unwrap();
    assert!(text(next(&socket).await).contains("\"seq\":4"));
    let end = text(next(&socket).await);
    assert!(end.contains("\"seq\":5") && end.contains("\"failed\""));
    assert_eq!(socket.mailbox().next(), Next::Empty);
}

#[tokio::test]
async fn losing_the_bus_closes_every_socket() {
    let (sender, events) = mpsc::channel(8);
    let hub = Hub::new(Arc::new(LocalBus::new()), 3, WorkSignal::default());
    let socket = hub.attach(user(1), false).await.unwrap();
    sender.send(BusEvent::Lost).await.unwrap();
    sender.send(BusEvent::Restored).await.unwrap();
    drop(sender);
    reader::run(&hub, events).await;
    assert_eq!(socket.mailbox().next(), Next::Close(CloseReason::BusLost));
}

#[tokio::test]
async fn gap_keeps_sockets_open_and_starts_a_repair() {
    let (sender, events) = mpsc::channel(8);
    let hub = Hub::new(Arc::new(LocalBus::new()), 3, WorkSignal::default());
    let socket = hub.attach(user(1), false).await.unwrap();
    let repair = hub.gaps.subscribe();
    sender.send(BusEvent::Gap).await.unwrap();
    drop(sender);
    reader::run(&hub, events).await;
    assert_eq!(socket.mailbox().next(), Next::Empty);
    assert!(repair.has_changed().unwrap());
}
