//! A socket of a minimal program: no control frames, no reconnecting.

use app::wire::{Frame, JobStatus, ProgressUpdate};
use futures::StreamExt;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use uuid::Uuid;

use super::TIMEOUT;

/// An open socket.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub(crate) async fn open(url: &str) -> Self {
        let (stream, answer) = connect_async(url).await.unwrap();
        assert_eq!(answer.status(), 101);
        Self { stream }
    }

    /// The next update. Fails for anything else: without `control=1` there are no other frames.
    pub(crate) async fn next(&mut self) -> ProgressUpdate {
        match self.message().await {
            Message::Text(text) => ProgressUpdate::from_untrusted(text.as_bytes()).unwrap(),
            other => panic!("not an update: {other:?}"),
        }
    }

    /// The next frame of any kind.
    pub(crate) async fn frame(&mut self) -> Frame {
        match self.message().await {
            Message::Text(text) => Frame::parse(&text).unwrap(),
            other => panic!("not a frame: {other:?}"),
        }
    }

    /// All updates until a job's terminal one.
    pub(crate) async fn until_the_end(&mut self, job: Uuid) -> Vec<ProgressUpdate> {
        let mut updates = Vec::new();
        loop {
            let update = self.next().await;
            if update.job_id == job {
                updates.push(update);
                if updates.last().map(|update| update.status).is_some_and(JobStatus::is_terminal) {
                    return updates;
                }
            }
        }
    }

    /// The close frame's code and reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.message().await {
                Message::Close(Some(frame)) => return (frame.code.into(), frame.reason.to_string()),
                Message::Text(_) => {}
                other => panic!("not closed: {other:?}"),
            }
        }
    }

    async fn message(&mut self) -> Message {
        loop {
            match timeout(TIMEOUT, self.stream.next()).await.expect("a frame comes").expect("the socket is open").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }
}
