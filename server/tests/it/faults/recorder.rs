//! A client that comes back like the browser, and keeps everything it was sent in the order it came.

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

use super::until;
use crate::support::person::Person;

/// The pauses between its tries: shorter than the browser's, so that there are more of them.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(800));
/// How long opening may take.
const OPENING: Duration = Duration::from_secs(10);
/// A connection that has been silent for so long is treated as lost, as in the browser.
const SILENCE: Duration = Duration::from_secs(60);
/// The code of "sign in again".
const POLICY: u16 = 1008;

/// One connection, from its first frame to its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    /// What came, in order.
    pub(crate) frames: Vec<Frame>,
    /// What came and is no frame.
    pub(crate) unreadable: Vec<String>,
    /// The close frame.
    pub(crate) close: Option<(u16, String)>,
}

impl Connection {
    /// The updates among the frames.
    pub(crate) fn updates(&self) -> impl Iterator<Item = &ProgressUpdate> {
        self.frames.iter().filter_map(|frame| if let Frame::Update(update) = frame { Some(&**update) } else { None })
    }
}

/// Records until it is dropped, or signed out.
pub(crate) struct Recorder {
    user: Uuid,
    connections: Arc<Mutex<Vec<Connection>>>,
    task: AbortOnDropHandle<()>,
}

impl Recorder {
    /// A client of this person, already connected once.
    pub(crate) async fn start(person: &Person) -> Self {
        let connections: Arc<Mutex<Vec<Connection>>> = Arc::default();
        let task = AbortOnDropHandle::new(tokio::spawn(record(person.clone(), Arc::clone(&connections))));
        let recorder = Self { user: person.id, connections, task };
        until("the client is connected", async || !recorder.connections().is_empty()).await;
        recorder
    }

    /// Whose it is.
    pub(crate) fn user(&self) -> Uuid {
        self.user
    }

    /// Everything so far. Its last connection is open where no other follows it.
    pub(crate) fn connections(&self) -> Vec<Connection> {
        self.connections.lock().unwrap().clone()
    }

    /// Waits until an update like this has come.
    pub(crate) async fn sees(&self, what: &str, wanted: impl Fn(&ProgressUpdate) -> bool) {
        until(what, async || self.connections.lock().unwrap().iter().flat_map(Connection::updates).any(&wanted)).await;
    }

    /// Waits for a job's end.
    pub(crate) async fn ended(&self, job: Uuid) {
        self.sees("the client hears of the end", |update| update.job_id == job && update.status.is_terminal()).await;
    }

    /// Waits until so many connections were opened.
    pub(crate) async fn connected(&self, times: usize) {
        until("the client connects again", async || self.connections.lock().unwrap().len() >= times).await;
    }

    /// Waits until it gave up, because its session has ended.
    pub(crate) async fn signed_out(&self) {
        until("the client is signed out", async || self.task.is_finished()).await;
    }
}

async fn record(person: Person, connections: Arc<Mutex<Vec<Connection>>>) {
    let mut pause = PAUSES.0;
    loop {
        match person.ticket().await {
            Ok(ticket) => {
                let url = format!("{}&control=1", person.socket_url(&ticket.ticket));
                if let Ok(Ok((stream, _))) = timeout(OPENING, connect_async(url)).await {
                    connections.lock().unwrap().push(Connection::default());
                    let keep = |change: &dyn Fn(&mut Connection)| change(connections.lock().unwrap().last_mut().expect("it was added"));
                    listen(stream, keep).await;
                    pause = PAUSES.0;
                }
            }
            Err(Some(401)) => return,
            Err(_) => {}
        }
        if connections.lock().unwrap().last().is_some_and(|last| last.close.as_ref().is_some_and(|(code, _)| *code == POLICY)) {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Returns when the connection has ended, however it did.
async fn listen(
    mut stream: impl StreamExt<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin,
    keep: impl Fn(&dyn Fn(&mut Connection)),
) {
    while let Ok(Some(Ok(message))) = timeout(SILENCE, stream.next()).await {
        match message {
            Message::Text(text) => match Frame::parse(&text) {
                Some(frame) => keep(&|connection| connection.frames.push(frame.clone())),
                None => keep(&|connection| connection.unreadable.push(text.to_string())),
            },
            Message::Close(Some(frame)) => keep(&|connection| connection.close = Some((frame.code.into(), frame.reason.to_string()))),
            _ => {}
        }
    }
}
