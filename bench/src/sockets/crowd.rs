//! The readers: one task a socket, which notes how late each update is.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::StreamExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinSet,
    time::{interval, sleep},
};
use tokio_tungstenite::tungstenite::Message;

use crate::figures::Times;

/// Where a reader knocks.
#[derive(Clone)]
pub(crate) enum Door {
    /// The product's WebSocket.
    WebSocket(String),
    /// The yardstick: its address, and the channel to ask for.
    Bare { address: String, channel: String },
}

/// What a reader has seen.
#[derive(Default)]
struct Seen {
    latencies: Mutex<Vec<Duration>>,
    /// When its newest update was published, in nanoseconds of the publisher's clock.
    newest: AtomicU64,
    ended: AtomicBool,
}

/// All readers; they stop when this is dropped.
pub(crate) struct Crowd {
    seen: Vec<Arc<Seen>>,
    start: Instant,
    _readers: JoinSet<()>,
}

impl Crowd {
    /// Opens them at an even rate; answers how long each took to connect.
    pub(crate) async fn open(doors: Vec<Door>, a_second: u32, start: Instant) -> anyhow::Result<(Self, Times)> {
        let mut pace = interval(Duration::from_secs(1) / a_second);
        let (mut opening, mut seen) = (JoinSet::new(), Vec::new());
        for door in doors {
            pace.tick().await;
            opening.spawn(async move {
                let knocked = Instant::now();
                let open = Open::through(&door).await?;
                anyhow::Ok((knocked.elapsed(), open))
            });
        }
        let (mut readers, mut times) = (JoinSet::new(), Vec::new());
        while let Some(opened) = opening.join_next().await {
            let (time, open) = opened?.context("opening a socket")?;
            times.push(time);
            let mine = Arc::<Seen>::default();
            seen.push(mine.clone());
            readers.spawn(open.read(mine, start));
        }
        Ok((Self { seen, start, _readers: readers }, Times::new(times)))
    }

    /// The latencies since the last time this was asked.
    pub(crate) fn take_latencies(&self) -> Vec<Duration> {
        self.seen.iter().flat_map(|seen| std::mem::take(&mut *seen.latencies.lock().expect("no reader panics"))).collect()
    }

    /// For this long, looks at every reader twenty times a second: how old is the newest that it has?
    pub(crate) async fn watch_ages(&self, time: Duration) -> Vec<Duration> {
        let (mut look, mut ages, end) = (interval(Duration::from_millis(50)), Vec::new(), Instant::now() + time);
        // Until each has been sent something, there is nothing to be old.
        sleep(time / 5).await;
        while Instant::now() < end {
            look.tick().await;
            let now = self.start.elapsed();
            ages.extend(self.seen.iter().map(|seen| now.saturating_sub(Duration::from_nanos(seen.newest.load(Ordering::Relaxed)))));
        }
        ages
    }

    /// Until every reader has seen its job's end, or this long; answers how many have.
    pub(crate) async fn wait_for_ends(&self, patience: Duration) -> usize {
        let end = Instant::now() + patience;
        loop {
            let ended = self.seen.iter().filter(|seen| seen.ended.load(Ordering::Relaxed)).count();
            if ended == self.seen.len() || Instant::now() > end {
                return ended;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// An open socket.
enum Open {
    WebSocket(Box<tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<TcpStream>>>),
    Bare(BufReader<TcpStream>),
}

impl Open {
    async fn through(door: &Door) -> anyhow::Result<Self> {
        match door {
            Door::WebSocket(url) => Ok(Self::WebSocket(Box::new(tokio_tungstenite::connect_async(url).await?.0))),
            Door::Bare { address, channel } => {
                let mut stream = TcpStream::connect(address).await?;
                stream.write_all(format!("{channel}\n").as_bytes()).await?;
                Ok(Self::Bare(BufReader::new(stream)))
            }
        }
    }

    async fn read(mut self, seen: Arc<Seen>, start: Instant) {
        while let Some(text) = self.next().await {
            note(&text, &seen, start);
        }
    }

    async fn next(&mut self) -> Option<String> {
        match self {
            Self::WebSocket(socket) => loop {
                match socket.next().await?.ok()? {
                    Message::Text(text) => return Some(text.as_str().to_owned()),
                    Message::Close(_) => return None,
                    _ => {}
                }
            },
            Self::Bare(stream) => {
                let mut header = [0; 4];
                stream.read_exact(&mut header).await.ok()?;
                let mut text = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]]))];
                stream.read_exact(&mut text).await.ok()?;
                String::from_utf8(text).ok()
            }
        }
    }
}

/// When the update was published stands in its message: `t=` and nanoseconds.
fn note(text: &str, seen: &Seen, start: Instant) {
    let Some(published) = text.split_once("\"t=").and_then(|(_, rest)| rest.split('"').next()?.parse().ok()) else { return };
    let latency = start.elapsed().saturating_sub(Duration::from_nanos(published));
    seen.latencies.lock().expect("no reader panics").push(latency);
    seen.newest.fetch_max(published, Ordering::Relaxed);
    if text.contains("\"completed\"") {
        seen.ended.store(true, Ordering::Relaxed);
    }
}
