//! One connection, from its snapshot to its close: a loop over what waits, what the client sends, and one timer.

mod clock;

use std::{future::Future, pin::pin, sync::LazyLock, time::Duration};

use app::wire::{Control, ProgressUpdate};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use bytes::Bytes;
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::{Instant, sleep_until, timeout};

use self::clock::{Clock, Due};
use super::VERSION;
use crate::hub::{Attachment, CloseReason, EncodedUpdate, Next, encode_control};

/// A socket that takes nothing for this long is given up.
const STALLED: Duration = Duration::from_secs(30);
/// How long the database may take for a snapshot.
const OPENING: Duration = Duration::from_secs(10);
/// How long a close frame may take to be written, and to be answered.
const GOODBYE: Duration = Duration::from_secs(2);
/// Frames gathered before they are flushed, so that a busy user's socket still hears its client.
const BATCH: u64 = 64;

static HEARTBEAT: LazyLock<Utf8Bytes> = LazyLock::new(|| encode_control(&Control::Heartbeat { version: VERSION.into() }));

/// What a session needs; `S` is the WebSocket.
pub struct Session<S, E> {
    /// The connection.
    pub socket: S,
    /// Its place in the hub, given back at the end.
    pub attachment: Attachment,
    /// When the access token ends that it was opened with.
    pub expires_at: Option<Instant>,
    /// True for an error that says the client sent too much.
    pub too_big: fn(&E) -> bool,
}

/// How a session ends.
enum End {
    /// The server says why.
    Close(CloseReason),
    /// The client closed, or the connection broke.
    Left,
    /// The client takes nothing.
    Stalled,
}

impl End {
    /// The label it is counted under.
    fn reason(&self) -> &'static str {
        match self {
            Self::Close(close) => close.reason(),
            Self::Left => "client",
            Self::Stalled => "stalled",
        }
    }
}

/// Runs a session to its end. `opening` reads the snapshot, which is merged with what has arrived since the attachment: there is no
/// moment in which an update could fall between.
pub async fn run<S, E>(session: Session<S, E>, opening: impl Future<Output = Result<Vec<ProgressUpdate>, CloseReason>> + Send)
where
    S: Sink<Message, Error = E> + Stream<Item = Result<Message, E>> + Unpin,
{
    let mut session = session;
    // Boxed: the snapshot's future is large and soon over, the session is small and long.
    let end = match Box::pin(session.open(opening)).await {
        Ok(()) => session.live().await,
        Err(end) => end,
    };
    metrics::counter!("playmarks_sockets_closed_total", "reason" => end.reason()).increment(1);
    let Session { socket, attachment, .. } = session;
    // The place is free from here on, however slowly the client says goodbye.
    drop(attachment);
    if let End::Close(close) = end {
        Box::pin(say_goodbye(socket, close)).await;
    }
}

impl<S, E> Session<S, E>
where
    S: Sink<Message, Error = E> + Stream<Item = Result<Message, E>> + Unpin,
{
    async fn open(&mut self, opening: impl Future<Output = Result<Vec<ProgressUpdate>, CloseReason>>) -> Result<(), End> {
        let mailbox = self.attachment.mailbox();
        let states = tokio::select! {
            biased;
            close = mailbox.wait_for_close() => return Err(End::Close(close)),
            states = timeout(OPENING, opening) => states.unwrap_or(Err(CloseReason::StoreUnavailable)).map_err(End::Close)?,
        };
        let states: Vec<EncodedUpdate> = states.iter().map(EncodedUpdate::from).collect();
        mailbox.merge_snapshot(&states);
        if mailbox.accepts_control() {
            self.send(Message::Text(HEARTBEAT.clone())).await?;
        }
        Ok(())
    }

    async fn live(&mut self) -> End {
        let mut clock = Clock::new(Instant::now(), self.attachment.mailbox().accepts_control(), self.expires_at);
        let mut timer = pin!(sleep_until(clock.next()));
        loop {
            match self.deliver().await {
                Ok(0) => {}
                Ok(_) => clock.spoke(Instant::now()),
                Err(end) => return end,
            }
            tokio::select! {
                biased;
                // First, so that a pong that waits is read before its time is said to be up.
                message = self.socket.next() => match message {
                    Some(Ok(Message::Pong(_))) => clock.heard(),
                    Some(Ok(Message::Close(_))) | None => return self.part().await,
                    // Pings are answered by the protocol itself; the rest is nothing to us.
                    Some(Ok(_)) => {}
                    Some(Err(error)) if (self.too_big)(&error) => return End::Close(CloseReason::MessageTooBig),
                    Some(Err(_)) => return End::Left,
                },
                () = self.attachment.mailbox().wait_until_ready() => {}
                () = timer.as_mut() => {}
            }
            // Whatever woke it: a client that never stops talking does not stop the clock.
            let now = Instant::now();
            if now >= clock.next()
                && let Err(end) = self.attend(clock.due(now)).await
            {
                return end;
            }
            if timer.is_elapsed() {
                timer.as_mut().reset(clock.next());
            }
        }
    }

    async fn attend(&mut self, due: Due) -> Result<(), End> {
        if let Some(close) = due.close {
            return Err(End::Close(close));
        }
        if due.heartbeat {
            self.feed(Message::Text(HEARTBEAT.clone())).await?;
        }
        if due.ping {
            self.feed(Message::Ping(Bytes::new())).await?;
        }
        if due.heartbeat || due.ping { self.flush().await } else { Ok(()) }
    }

    /// Sends what waits, several frames in one write, and answers how many there were.
    async fn deliver(&mut self) -> Result<u64, End> {
        let mut total = 0;
        while self.attachment.mailbox().has_next() {
            let mut batch = 0;
            while batch < BATCH {
                match self.attachment.mailbox().next() {
                    Next::Frame(frame) => self.feed(Message::Text(frame)).await?,
                    Next::Close(close) => return Err(End::Close(close)),
                    Next::Empty => break,
                }
                batch += 1;
            }
            self.flush().await?;
            self.attachment.count_sent_frames(batch);
            total += batch;
            if batch == BATCH {
                break;
            }
        }
        Ok(total)
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        self.feed(message).await?;
        self.flush().await
    }

    async fn feed(&mut self, message: Message) -> Result<(), End> {
        let Self { socket, attachment, .. } = self;
        progressing(attachment, socket.feed(message)).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        let Self { socket, attachment, .. } = self;
        progressing(attachment, socket.flush()).await
    }

    /// The client said goodbye: what the protocol answers is flushed.
    async fn part(&mut self) -> End {
        let _ = timeout(GOODBYE, self.socket.close()).await;
        End::Left
    }
}

/// Waits for a write, but no longer than a client may take nothing, and not once the socket is to close.
async fn progressing<E>(attachment: &Attachment, write: impl Future<Output = Result<(), E>>) -> Result<(), End> {
    tokio::select! {
        biased;
        result = write => result.map_err(|_| End::Left),
        close = attachment.mailbox().wait_for_close() => Err(End::Close(close)),
        () = tokio::time::sleep(STALLED) => Err(End::Stalled),
    }
}

/// Sends the close frame and waits for its answer: a connection dropped with unread input would take the frame with it.
async fn say_goodbye<S, E>(mut socket: S, close: CloseReason)
where
    S: Sink<Message, Error = E> + Stream<Item = Result<Message, E>> + Unpin,
{
    let frame = CloseFrame { code: close.code(), reason: Utf8Bytes::from_static(close.reason()) };
    let goodbye = async {
        socket.send(Message::Close(Some(frame))).await.ok()?;
        while let Some(Ok(message)) = socket.next().await {
            if matches!(message, Message::Close(_)) {
                break;
            }
        }
        Some(())
    };
    let _ = timeout(GOODBYE, goodbye).await;
}

#[cfg(test)]
mod tests;
