//! A client that reconnects like the browser, and records all frames in order.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use app::wire::{Frame, ProgressUpdate};
use futures::StreamExt;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::{connect_async, tungstenite::Message};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::support::{person::Person, wait_until};

/// Shorter than the browser's, for more reconnects in a test.
const MIN_BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_millis(800);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// As in the browser, a connection that was silent for so long counts as lost.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
/// The client has to sign in again.
const POLICY_VIOLATION: u16 = 1008;

#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    pub(crate) frames: Vec<Frame>,
    /// Messages that are not valid frames.
    pub(crate) invalid: Vec<String>,
    /// Code and reason of the close frame.
    pub(crate) close: Option<(u16, String)>,
}

impl Connection {
    pub(crate) fn updates(&self) -> impl Iterator<Item = &ProgressUpdate> {
        self.frames.iter().filter_map(|frame| if let Frame::Update(update) = frame { Some(&**update) } else { None })
    }
}

/// Records until it is dropped or its session ends.
pub(crate) struct Recorder {
    user: Uuid,
    connections: Arc<Mutex<Vec<Connection>>>,
    task: AbortOnDropHandle<()>,
}

impl Recorder {
    /// Returns once the client is connected.
    pub(crate) async fn start(person: &Person) -> Self {
        let connections: Arc<Mutex<Vec<Connection>>> = Arc::default();
        let task = AbortOnDropHandle::new(tokio::spawn(record(person.clone(), Arc::clone(&connections))));
        let recorder = Self { user: person.id, connections, task };
        wait_until("the client is connected", async || !recorder.connections().is_empty()).await;
        recorder
    }

    pub(crate) fn user(&self) -> Uuid {
        self.user
    }

    /// All connections so far; the last one may still be open.
    pub(crate) fn connections(&self) -> Vec<Connection> {
        self.connections.lock().unwrap().clone()
    }

    /// Waits until such an update was received.
    pub(crate) async fn wait_for_update(&self, what: &str, wanted: impl Fn(&ProgressUpdate) -> bool) {
        wait_until(what, async || self.connections.lock().unwrap().iter().flat_map(Connection::updates).any(&wanted)).await;
    }

    /// Waits until the job's terminal update was received.
    pub(crate) async fn wait_for_end(&self, job: Uuid) {
        self.wait_for_update("the client hears of the end", |update| update.job_id == job && update.status.is_terminal()).await;
    }

    pub(crate) async fn wait_for_connections(&self, times: usize) {
        wait_until("the client connects again", async || self.connections.lock().unwrap().len() >= times).await;
    }

    /// Waits until it stopped because its session has ended.
    pub(crate) async fn wait_for_sign_out(&self) {
        wait_until("the client is signed out", async || self.task.is_finished()).await;
    }
}

async fn record(person: Person, connections: Arc<Mutex<Vec<Connection>>>) {
    let mut backoff = MIN_BACKOFF;
    loop {
        match person.ticket().await {
            Ok(ticket) => {
                let url = format!("{}&control=1", person.socket_url(&ticket.ticket));
                if let Ok(Ok((stream, _))) = timeout(CONNECT_TIMEOUT, connect_async(url)).await {
                    connections.lock().unwrap().push(Connection::default());
                    let keep = |change: &dyn Fn(&mut Connection)| change(connections.lock().unwrap().last_mut().expect("it was added"));
                    listen(stream, keep).await;
                    backoff = MIN_BACKOFF;
                }
            }
            Err(Some(401)) => return,
            Err(_) => {}
        }
        if connections.lock().unwrap().last().is_some_and(|last| last.close.as_ref().is_some_and(|(code, _)| *code == POLICY_VIOLATION)) {
            return;
        }
        sleep(backoff).await;
        backoff = (backoff * 2).min(MAX_BACKOFF);
    }
}

/// Returns when the connection has ended.
async fn listen(
    mut stream: impl StreamExt<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin,
    keep: impl Fn(&dyn Fn(&mut Connection)),
) {
    while let Ok(Some(Ok(message))) = timeout(SILENCE_TIMEOUT, stream.next()).await {
        match message {
            Message::Text(text) => match Frame::parse(&text) {
                Some(frame) => keep(&|connection| connection.frames.push(frame.clone())),
                None => keep(&|connection| connection.invalid.push(text.to_string())),
            },
            Message::Close(Some(frame)) => keep(&|connection| connection.close = Some((frame.code.into(), frame.reason.to_string()))),
            _ => {}
        }
    }
}
