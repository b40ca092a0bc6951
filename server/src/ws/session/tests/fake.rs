//! A WebSocket made of channels, and the client at its other end.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use app::wire::JobStatus;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::{CancellationToken, PollSender};
use uuid::Uuid;

use super::super::*;
use crate::{
    auth::SocketUser,
    bus::{Bus, local::LocalBus},
    hub::{Hub, WorkSignal},
};

#[derive(Debug, PartialEq)]
pub(super) enum Broken {
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
pub(super) struct Client {
    pub(super) say: mpsc::UnboundedSender<Result<Message, Broken>>,
    pub(super) hear: mpsc::Receiver<Message>,
    pub(super) session: JoinHandle<()>,
    pub(super) bus: Arc<LocalBus>,
    pub(super) shutdown: CancellationToken,
    pub(super) start: Instant,
}

pub(super) const USER: SocketUser = SocketUser { user_id: Uuid::from_u128(1), session_id: Uuid::from_u128(2), expires_at: None };

/// Frames on their way that a client has not read.
pub(super) const ROOM: usize = 4;

pub(super) async fn open(
    control: bool,
    expires_in: Option<Duration>,
    opening: impl Future<Output = Result<Vec<ProgressUpdate>, CloseReason>> + Send + 'static,
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

pub(super) async fn empty() -> Result<Vec<ProgressUpdate>, CloseReason> {
    Ok(vec![])
}

pub(super) fn update(job: u128, seq: u64, status: JobStatus) -> ProgressUpdate {
    let json = format!(
        r#"{{"job_id":"{}","status":"{}","progress":0,"current_video":0,"total_videos":9,"message":"","seq":{seq}}}"#,
        Uuid::from_u128(job),
        status.as_str()
    );
    ProgressUpdate::from_untrusted(json.as_bytes()).unwrap()
}

impl Client {
    /// The next message, with the seconds since the start; time jumps to it.
    pub(super) async fn next(&mut self) -> (u64, Message) {
        let message = tokio::time::timeout(Duration::from_secs(600), self.hear.recv()).await.expect("nothing was sent").expect("the socket is gone");
        (self.start.elapsed().as_secs(), message)
    }

    pub(super) async fn seq(&mut self) -> u64 {
        match self.next().await.1 {
            Message::Text(text) => serde_json::from_str::<ProgressUpdate>(&text).unwrap().seq.unwrap(),
            other => panic!("{other:?} instead of an update"),
        }
    }

    pub(super) async fn publish(&self, update: &ProgressUpdate) {
        self.bus.publish(USER.user_id, serde_json::to_vec(update).unwrap().into()).await.unwrap();
    }

    /// Lets everybody else do what they can do now.
    pub(super) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

pub(super) fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }))
}

pub(super) fn ping() -> Message {
    Message::Ping(Bytes::new())
}

pub(super) fn pong() -> Result<Message, Broken> {
    Ok(Message::Pong(Bytes::new()))
}
