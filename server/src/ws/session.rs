//! One WebSocket session, from the snapshot to the close: a loop over queued frames, messages of the client, and one timer.

mod timer;

use std::{future::Future, pin::pin, sync::LazyLock, time::Duration};

use app::wire::{Control, ProgressUpdate};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use bytes::Bytes;
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::{Instant, sleep_until, timeout};

use self::timer::{Due, SessionTimer};
use super::VERSION;
use crate::hub::{Attachment, CloseReason, EncodedUpdate, Next, encode_control};

/// How long the client may take no data before the connection is closed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long reading the snapshot may take.
const SNAPSHOT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the close handshake may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Number of frames that are written before the client's messages are read again.
const MAX_BATCH: u64 = 64;

static HEARTBEAT: LazyLock<Utf8Bytes> = LazyLock::new(|| encode_control(&Control::Heartbeat { version: VERSION.into() }));

/// `S` is the WebSocket, `E` its error.
pub(crate) struct Session<S, E> {
    /// Already upgraded.
    pub socket: S,
    /// Dropped when the session ends.
    pub attachment: Attachment,
    /// When the access token expires; `None` for a ticket.
    pub expires_at: Option<Instant>,
    /// Which close frame answers an error; `None` where the connection is gone.
    pub close_reason: fn(&E) -> Option<CloseReason>,
}

enum SessionEnd {
    /// By the server, with a close frame.
    Close(CloseReason),
    /// By the client, or the connection broke.
    ClientLeft,
    /// The client took no data for [`WRITE_TIMEOUT`].
    WriteTimedOut,
}

impl SessionEnd {
    /// The label of the metric.
    fn reason(&self) -> &'static str {
        match self {
            Self::Close(close) => close.reason(),
            Self::ClientLeft => "client",
            Self::WriteTimedOut => "stalled",
        }
    }
}

/// Runs a session to its end. `snapshot` is merged with the updates that arrived since the attachment, so that none is lost in between.
pub(crate) async fn run<S, E>(session: Session<S, E>, snapshot: impl Future<Output = Result<Vec<ProgressUpdate>, CloseReason>> + Send)
where
    S: Sink<Message, Error = E> + Stream<Item = Result<Message, E>> + Unpin,
{
    let mut session = session;
    // Boxed, because this future is large and short-lived, while the session is small and long-lived.
    let end = match Box::pin(session.send_snapshot(snapshot)).await {
        Ok(()) => session.stream_updates().await,
        Err(end) => end,
    };
    metrics::counter!("playmarks_sockets_closed_total", "reason" => end.reason()).increment(1);
    let Session { socket, attachment, .. } = session;
    // Frees the socket's slot, however slowly the client answers the close frame.
    drop(attachment);
    if let SessionEnd::Close(close) = end {
        Box::pin(close_socket(socket, close)).await;
    }
}

impl<S, E> Session<S, E>
where
    S: Sink<Message, Error = E> + Stream<Item = Result<Message, E>> + Unpin,
{
    async fn send_snapshot(&mut self, snapshot: impl Future<Output = Result<Vec<ProgressUpdate>, CloseReason>>) -> Result<(), SessionEnd> {
        let mailbox = self.attachment.mailbox();
        let states = tokio::select! {
            biased;
            close = mailbox.wait_for_close() => return Err(SessionEnd::Close(close)),
            states = timeout(SNAPSHOT_TIMEOUT, snapshot) => states.unwrap_or(Err(CloseReason::StoreUnavailable)).map_err(SessionEnd::Close)?,
        };
        let states: Vec<EncodedUpdate> = states.iter().map(EncodedUpdate::from).collect();
        mailbox.merge_snapshot(&states);
        // After the snapshot, whose states a client may have already, as they were without the block.
        self.attachment.enqueue_known_block();
        if mailbox.accepts_control() {
            self.send(Message::Text(HEARTBEAT.clone())).await?;
        }
        Ok(())
    }

    async fn stream_updates(&mut self) -> SessionEnd {
        let mut timer = SessionTimer::new(Instant::now(), self.attachment.mailbox().accepts_control(), self.expires_at);
        let mut wake_up = pin!(sleep_until(timer.next_deadline()));
        loop {
            match self.send_queued().await {
                Ok(0) => {}
                Ok(_) => timer.frame_sent(Instant::now()),
                Err(end) => return end,
            }
            tokio::select! {
                biased;
                // First, so that a pong that has arrived is read before it counts as missing.
                message = self.socket.next() => match message {
                    Some(Ok(Message::Pong(_))) => timer.pong_received(),
                    Some(Ok(Message::Close(_))) | None => return self.answer_close().await,
                    // The library answers pings; clients have nothing else to send.
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return (self.close_reason)(&error).map_or(SessionEnd::ClientLeft, SessionEnd::Close),
                },
                () = self.attachment.mailbox().wait_until_ready() => {}
                () = wake_up.as_mut() => {}
            }
            // Checked after every wake-up: a client that sends without pause must not delay the timer.
            let now = Instant::now();
            if now >= timer.next_deadline()
                && let Err(end) = self.perform(timer.take_due(now)).await
            {
                return end;
            }
            if wake_up.is_elapsed() {
                wake_up.as_mut().reset(timer.next_deadline());
            }
        }
    }

    async fn perform(&mut self, due: Due) -> Result<(), SessionEnd> {
        if let Some(close) = due.close {
            return Err(SessionEnd::Close(close));
        }
        if due.heartbeat {
            self.feed(Message::Text(HEARTBEAT.clone())).await?;
        }
        if due.ping {
            self.feed(Message::Ping(Bytes::new())).await?;
        }
        if due.heartbeat || due.ping { self.flush().await } else { Ok(()) }
    }

    /// Sends the queued frames, several in one write, and returns how many.
    async fn send_queued(&mut self) -> Result<u64, SessionEnd> {
        let mut total = 0;
        while self.attachment.mailbox().has_next() {
            let mut batch = 0;
            while batch < MAX_BATCH {
                match self.attachment.mailbox().next() {
                    Next::Frame(frame) => self.feed(Message::Text(frame)).await?,
                    Next::Close(close) => return Err(SessionEnd::Close(close)),
                    Next::Empty => break,
                }
                batch += 1;
            }
            self.flush().await?;
            self.attachment.count_sent_frames(batch);
            total += batch;
            if batch == MAX_BATCH {
                break;
            }
        }
        Ok(total)
    }

    async fn send(&mut self, message: Message) -> Result<(), SessionEnd> {
        self.feed(message).await?;
        self.flush().await
    }

    async fn feed(&mut self, message: Message) -> Result<(), SessionEnd> {
        let Self { socket, attachment, .. } = self;
        write_with_timeout(attachment, socket.feed(message)).await
    }

    async fn flush(&mut self) -> Result<(), SessionEnd> {
        let Self { socket, attachment, .. } = self;
        write_with_timeout(attachment, socket.flush()).await
    }

    /// The client has closed: flushes the answer that the library queued.
    async fn answer_close(&mut self) -> SessionEnd {
        let _ = timeout(CLOSE_TIMEOUT, self.socket.close()).await;
        SessionEnd::ClientLeft
    }
}

/// Fails after [`WRITE_TIMEOUT`], or when the socket must close.
async fn write_with_timeout<E>(attachment: &Attachment, write: impl Future<Output = Result<(), E>>) -> Result<(), SessionEnd> {
    tokio::select! {
        biased;
        result = write => result.map_err(|_| SessionEnd::ClientLeft),
        close = attachment.mailbox().wait_for_close() => Err(SessionEnd::Close(close)),
        () = tokio::time::sleep(WRITE_TIMEOUT) => Err(SessionEnd::WriteTimedOut),
    }
}

/// Sends the close frame and waits for the answer: a connection that is closed with unread input is reset, and the frame may be lost.
async fn close_socket<S, E>(mut socket: S, close: CloseReason)
where
    S: Sink<Message, Error = E> + Stream<Item = Result<Message, E>> + Unpin,
{
    let frame = CloseFrame { code: close.code(), reason: Utf8Bytes::from_static(close.reason()) };
    let closing = async {
        socket.send(Message::Close(Some(frame))).await.ok()?;
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
        Some(())
    };
    let _ = timeout(CLOSE_TIMEOUT, closing).await;
}

#[cfg(test)]
mod tests;
