//! A session over a socket made of channels, in time that stands still until everybody waits.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use app::wire::JobStatus;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::{sync::CancellationToken, sync::PollSender};
use uuid::Uuid;

use super::*;
use crate::{
    auth::SocketUser,
    bus::{Bus, Signal, local::LocalBus},
    hub::{Hub, WorkSignal},
};

#[derive(Debug, PartialEq)]
enum Broken {
    Gone,
    TooBig,
}

/// What the client sends, and what it has room to be sent.
struct FakeSocket {
    inbound: mpsc::UnboundedReceiver<Result<Message, Broken>>,
    outbound: PollSender<Message>,
}

impl Stream for FakeSocket {
    type Item = Result<Message, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inbound.poll_recv(cx)
    }
}

impl Sink<Message> for FakeSocket {
    type Error = Broken;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.outbound.poll_reserve(cx).map_err(|_| Broken::Gone)
    }

    fn start_send(mut self: Pin<&mut Self>, item: Message) -> Result<(), Broken> {
        self.outbound.send_item(item).map_err(|_| Broken::Gone)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }
}

/// The client's side, and the world around.
struct Client {
    say: mpsc::UnboundedSender<Result<Message, Broken>>,
    hear: mpsc::Receiver<Message>,
    session: JoinHandle<()>,
    bus: Arc<LocalBus>,
    shutdown: CancellationToken,
    start: Instant,
}

const USER: SocketUser = SocketUser { user_id: Uuid::from_u128(1), session_id: Uuid::from_u128(2), expires_at: None };

/// Frames on their way that a client has not read.
const ROOM: usize = 4;

async fn open(
    control: bool,
    expires_in: Option<Duration>,
    opening: impl Future<Output = Result<Vec<ProgressUpdate>, Close>> + Send + 'static,
) -> Client {
    let (bus, shutdown) = (Arc::new(LocalBus::new()), CancellationToken::new());
    let hub = Hub::new(bus.clone(), 3, WorkSignal::default());
    tokio::spawn(Arc::clone(&hub).run(shutdown.clone()));
    let attachment = hub.attach(USER, control).await.unwrap();
    let ((say, inbound), (outbound, hear)) = (mpsc::unbounded_channel(), mpsc::channel(ROOM));
    let socket = FakeSocket { inbound, outbound: PollSender::new(outbound) };
    let start = Instant::now();
    let session = Session { socket, attachment, expires_at: expires_in.map(|after| start + after), too_big: |error| *error == Broken::TooBig };
    Client { say, hear, session: tokio::spawn(run(session, opening)), bus, shutdown, start }
}

async fn empty() -> Result<Vec<ProgressUpdate>, Close> {
    Ok(vec![])
}

fn update(job: u128, seq: u64, status: JobStatus) -> ProgressUpdate {
    let json = format!(
        r#"{{"job_id":"{}","status":"{}","progress":0,"current_video":0,"total_videos":9,"message":"","seq":{seq}}}"#,
        Uuid::from_u128(job),
        status.as_str()
    );
    ProgressUpdate::from_untrusted(json.as_bytes()).unwrap()
}

impl Client {
    /// The next message, with the seconds since the start; time jumps to it.
    async fn next(&mut self) -> (u64, Message) {
        let message = tokio::time::timeout(Duration::from_secs(600), self.hear.recv()).await.expect("nothing was sent").expect("the socket is gone");
        (self.start.elapsed().as_secs(), message)
    }

    async fn seq(&mut self) -> u64 {
        match self.next().await.1 {
            Message::Text(text) => serde_json::from_str::<ProgressUpdate>(&text).unwrap().seq.unwrap(),
            other => panic!("{other:?} instead of an update"),
        }
    }

    async fn publish(&self, update: &ProgressUpdate) {
        self.bus.publish(USER.user_id, serde_json::to_vec(update).unwrap().into()).await.unwrap();
    }

    /// Lets everybody else do what they can do now.
    async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }))
}

fn ping() -> Message {
    Message::Ping(Bytes::new())
}

fn pong() -> Result<Message, Broken> {
    Ok(Message::Pong(Bytes::new()))
}

#[tokio::test(start_paused = true)]
async fn a_page_hears_a_heartbeat_at_the_start_and_after_silence() {
    let mut client = open(true, None, empty()).await;
    let heartbeat = Message::Text(format!(r#"{{"type":"heartbeat","version":"{VERSION}"}}"#).into());
    assert_eq!(client.next().await, (0, heartbeat.clone()));
    assert_eq!(client.next().await, (25, heartbeat.clone()));
    assert_eq!(client.next().await, (25, ping()));
    client.say.send(pong()).unwrap();
    tokio::time::sleep(Duration::from_secs(15)).await;
    client.publish(&update(1, 1, JobStatus::Pending)).await;
    assert_eq!((client.seq().await, client.start.elapsed().as_secs()), (1, 40));
    assert_eq!(client.next().await, (50, ping()));
    client.say.send(pong()).unwrap();
    assert_eq!(client.next().await, (65, heartbeat));
}

#[tokio::test(start_paused = true)]
async fn a_plain_client_hears_updates_and_pings_alone() {
    let mut client = open(false, None, empty()).await;
    for n in 1..5 {
        assert_eq!(client.next().await, (25 * n, ping()));
        client.say.send(pong()).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_ping_without_answer_ends_it() {
    let mut client = open(false, None, empty()).await;
    assert_eq!(client.next().await, (25, ping()));
    assert_eq!(client.next().await, (35, close(1002, "no_pong")));
    client.session.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_stops_talking_does_not_stop_the_clock() {
    let mut client = open(false, None, empty()).await;
    let say = client.say.clone();
    let chatter = tokio::spawn(async move {
        while say.send(Ok(Message::text("hello"))).is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert_eq!(client.next().await, (25, ping()));
    assert_eq!(client.next().await, (35, close(1002, "no_pong")));
    chatter.abort();
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_reads_nothing_costs_one_frame_a_job_and_30_seconds() {
    let mut client = open(false, None, empty()).await;
    for seq in 1..=2_000 {
        client.publish(&update(u128::from(seq % 7), seq, JobStatus::Processing)).await;
        if seq % 100 == 0 {
            client.settle().await;
        }
    }
    let stalled_since = client.start.elapsed();
    (&mut client.session).await.unwrap();
    let after = client.start.elapsed() - stalled_since;
    assert!(after > Duration::from_secs(29) && after <= Duration::from_secs(31), "{after:?}");
    // What it could have read, and no close frame behind it.
    let mut frames = 0;
    while let Some(message) = client.hear.recv().await {
        assert!(matches!(message, Message::Text(_)));
        frames += 1;
    }
    assert_eq!(frames, ROOM);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_gets_the_newest_states_and_the_end() {
    let mut client = open(false, None, empty()).await;
    for seq in 1..=1_000 {
        let status = if seq == 1_000 { JobStatus::Completed } else { JobStatus::Processing };
        client.publish(&update(1, seq, status)).await;
        if seq % 50 == 0 {
            client.settle().await;
        }
    }
    let mut seen = vec![client.seq().await];
    while *seen.last().unwrap() < 1_000 {
        seen.push(client.seq().await);
    }
    assert!(seen.is_sorted_by(|a, b| a < b) && seen.len() <= ROOM + 2, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stalled_socket_still_hears_that_its_session_ended() {
    let mut client = open(false, None, empty()).await;
    for job in 0..20 {
        client.publish(&update(job, 1, JobStatus::Pending)).await;
    }
    client.settle().await;
    client.bus.signal(&Signal::SessionEnded { session_id: USER.session_id }).await.unwrap();
    client.settle().await;
    // The client reads again; behind what was on its way there is the close frame.
    for _ in 0..ROOM {
        assert!(matches!(client.next().await.1, Message::Text(_)));
    }
    assert_eq!(client.next().await, (0, close(1008, "session_ended")));
}

#[tokio::test(start_paused = true)]
async fn an_access_token_ends_its_socket() {
    let mut client = open(true, Some(Duration::from_secs(20)), empty()).await;
    assert!(matches!(client.next().await, (0, Message::Text(_))));
    assert_eq!(client.next().await, (20, close(1008, "token_expired")));
    client.say.send(Ok(Message::Close(None))).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed().as_secs(), 20, "an answered goodbye is not waited for");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_process_and_what_is_too_big() {
    let mut client = open(false, None, empty()).await;
    client.shutdown.cancel();
    assert_eq!(client.next().await, (0, close(1001, "going_away")));
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed(), GOODBYE, "a goodbye without answer is not waited for long");
    let mut client = open(false, None, empty()).await;
    client.say.send(Err(Broken::TooBig)).unwrap();
    assert_eq!(client.next().await, (0, close(1009, "too_big")));
    let mut client = open(false, None, empty()).await;
    client.say.send(Err(Broken::Gone)).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.hear.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_snapshot_and_what_came_meanwhile_are_one() {
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let opening = async {
        wait.await.unwrap();
        Ok(vec![update(1, 5, JobStatus::Processing), update(2, 3, JobStatus::Processing), update(3, 8, JobStatus::Failed)])
    };
    let mut client = open(false, None, opening).await;
    // Older than the snapshot, newer than it, the same; and one it does not have.
    for (job, seq, status) in [(1, 4, JobStatus::Processing), (2, 4, JobStatus::Processing), (3, 8, JobStatus::Failed), (4, 1, JobStatus::Pending)] {
        client.publish(&update(job, seq, status)).await;
    }
    client.settle().await;
    go.send(()).unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let Message::Text(text) = client.next().await.1 else { panic!("no text") };
        let update: ProgressUpdate = serde_json::from_str(&text).unwrap();
        seen.push((update.job_id.as_u128(), update.seq.unwrap()));
    }
    seen.sort_unstable();
    assert_eq!(seen, [(1, 5), (2, 4), (3, 8), (4, 1)]);
    // Live; what was sent does not come again, and nothing follows an end.
    client.publish(&update(3, 9, JobStatus::Processing)).await;
    client.publish(&update(1, 5, JobStatus::Processing)).await;
    client.publish(&update(1, 6, JobStatus::Processing)).await;
    assert_eq!(client.seq().await, 6);
}

#[tokio::test(start_paused = true)]
async fn without_a_snapshot_there_is_no_socket() {
    let mut client = open(true, None, async { Err(Close::StoreAway) }).await;
    assert_eq!(client.next().await, (0, close(1012, "database_away")));
    let mut client = open(true, None, async { Err(Close::SessionEnded) }).await;
    assert_eq!(client.next().await, (0, close(1008, "session_ended")));
    let mut client = open(true, None, std::future::pending()).await;
    assert_eq!(client.next().await, (10, close(1012, "database_away")));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_leaves_nothing_behind() {
    let client = open(false, None, empty()).await;
    client.say.send(Ok(Message::Close(None))).unwrap();
    client.session.await.unwrap();
    assert_eq!(client.start.elapsed(), Duration::ZERO);
}
