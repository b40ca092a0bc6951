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
    bus::{Bus, WorkSignal, local::LocalBus},
    hub::Hub,
};

#[derive(Debug, PartialEq)]
pub(super) enum FakeError {
    Gone,
    Invalid(CloseReason),
}

fn close_reason(error: &FakeError) -> Option<CloseReason> {
    match error {
        FakeError::Gone => None,
        FakeError::Invalid(reason) => Some(*reason),
    }
}

/// The server's end of the socket.
struct FakeSocket {
    inbound: mpsc::UnboundedReceiver<Result<Message, FakeError>>,
    outbound: PollSender<Message>,
}

impl Stream for FakeSocket {
    type Item = Result<Message, FakeError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inbound.poll_recv(cx)
    }
}

impl Sink<Message> for FakeSocket {
    type Error = FakeError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), FakeError>> {
        self.outbound.poll_reserve(cx).map_err(|_| FakeError::Gone)
    }

    fn start_send(mut self: Pin<&mut Self>, item: Message) -> Result<(), FakeError> {
        self.outbound.send_item(item).map_err(|_| FakeError::Gone)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), FakeError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), FakeError>> {
        Poll::Ready(Ok(()))
    }
}

/// The client's end, and what the session needs.
pub(super) struct Client {
    pub(super) to_server: mpsc::UnboundedSender<Result<Message, FakeError>>,
    pub(super) from_server: mpsc::Receiver<Message>,
    pub(super) session: JoinHandle<()>,
    pub(super) bus: Arc<LocalBus>,
    pub(super) shutdown: CancellationToken,
    pub(super) start: Instant,
}

pub(super) const USER: SocketUser = SocketUser { user_id: Uuid::from_u128(1), session_id: Uuid::from_u128(2), expires_at: None };

/// Frames that fit into the socket until the client reads.
pub(super) const CLIENT_BUFFER: usize = 4;

pub(super) async fn open(
    control: bool,
    expires_in: Option<Duration>,
    snapshot: impl Future<Output = Result<Vec<ProgressUpdate>, CloseReason>> + Send + 'static,
) -> Client {
    let (bus, shutdown) = (Arc::new(LocalBus::new()), CancellationToken::new());
    let hub = Hub::new(bus.clone(), 3, WorkSignal::default());
    tokio::spawn(Arc::clone(&hub).run(shutdown.clone()));
    let attachment = hub.attach(USER, control).await.unwrap();
    let ((to_server, inbound), (outbound, from_server)) = (mpsc::unbounded_channel(), mpsc::channel(CLIENT_BUFFER));
    let socket = FakeSocket { inbound, outbound: PollSender::new(outbound) };
    let start = Instant::now();
    let session = Session { socket, attachment, expires_at: expires_in.map(|after| start + after), close_reason };
    Client { to_server, from_server, session: tokio::spawn(run(session, snapshot)), bus, shutdown, start }
}

pub(super) async fn empty_snapshot() -> Result<Vec<ProgressUpdate>, CloseReason> {
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
    /// The next message and the seconds since the start; the paused clock advances to it.
    pub(super) async fn next(&mut self) -> (u64, Message) {
        let message =
            tokio::time::timeout(Duration::from_secs(600), self.from_server.recv()).await.expect("nothing was sent").expect("the socket is gone");
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

    /// Lets every other task run until it waits.
    pub(super) async fn let_others_run(&self) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

pub(super) fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }))
}

pub(super) fn ping() -> Message {
    Message::Ping(Bytes::new())
}

pub(super) fn pong() -> Result<Message, FakeError> {
    Ok(Message::Pong(Bytes::new()))
}
