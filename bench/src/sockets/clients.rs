//! The clients: one task per socket, which records the latency of every update.

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

use crate::stats::Latencies;

/// What a client connects to.
#[derive(Clone)]
pub(crate) enum Endpoint {
    /// The URL of the product's WebSocket.
    WebSocket(String),
    /// A channel of the baseline server.
    Baseline { address: String, channel: String },
}

/// What one client has received.
#[derive(Default)]
struct ClientStats {
    latencies: Mutex<Vec<Duration>>,
    /// When its newest update was published, in nanoseconds since the publisher's epoch.
    newest_published: AtomicU64,
    completed: AtomicBool,
}

/// All clients. Dropping this closes their connections.
pub(crate) struct Clients {
    stats: Vec<Arc<ClientStats>>,
    epoch: Instant,
    _tasks: JoinSet<()>,
}

impl Clients {
    /// Connects to the endpoints at this rate (per second); also returns how long each took to connect.
    pub(crate) async fn connect(endpoints: Vec<Endpoint>, rate: u32, epoch: Instant) -> anyhow::Result<(Self, Latencies)> {
        let mut ticker = interval(Duration::from_secs(1) / rate);
        let mut connecting = JoinSet::new();
        for endpoint in endpoints {
            ticker.tick().await;
            connecting.spawn(async move {
                let start = Instant::now();
                let connection = Connection::open(&endpoint).await?;
                anyhow::Ok((start.elapsed(), connection))
            });
        }
        let (mut tasks, mut stats, mut connect_times) = (JoinSet::new(), Vec::new(), Vec::new());
        while let Some(connected) = connecting.join_next().await {
            let (connect_time, connection) = connected?.context("opening a socket")?;
            connect_times.push(connect_time);
            let client_stats = Arc::<ClientStats>::default();
            stats.push(client_stats.clone());
            tasks.spawn(connection.read_all(client_stats, epoch));
        }
        Ok((Self { stats, epoch, _tasks: tasks }, Latencies::new(connect_times)))
    }

    /// Takes the latencies of all updates since the last call.
    pub(crate) fn take_latencies(&self) -> Vec<Duration> {
        self.stats.iter().flat_map(|stats| std::mem::take(&mut *stats.latencies.lock().expect("no panic while the lock is held"))).collect()
    }

    /// Samples 20 times per second, for this long, how old each client's newest update is.
    pub(crate) async fn sample_ages(&self, duration: Duration) -> Vec<Duration> {
        let (mut ticker, mut ages, deadline) = (interval(Duration::from_millis(50)), Vec::new(), Instant::now() + duration);
        // Skips the time in which some clients have not received anything yet.
        sleep(duration / 5).await;
        while Instant::now() < deadline {
            ticker.tick().await;
            let now = self.epoch.elapsed();
            ages.extend(self.stats.iter().map(|stats| now.saturating_sub(Duration::from_nanos(stats.newest_published.load(Ordering::Relaxed)))));
        }
        ages
    }

    /// Waits until every client has received a terminal update, or for the timeout; returns how many have.
    pub(crate) async fn wait_for_completion(&self, timeout: Duration) -> usize {
        let deadline = Instant::now() + timeout;
        loop {
            let completed = self.stats.iter().filter(|stats| stats.completed.load(Ordering::Relaxed)).count();
            if completed == self.stats.len() || Instant::now() > deadline {
                return completed;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

enum Connection {
    WebSocket(Box<tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<TcpStream>>>),
    Baseline(BufReader<TcpStream>),
}

impl Connection {
    async fn open(endpoint: &Endpoint) -> anyhow::Result<Self> {
        match endpoint {
            Endpoint::WebSocket(url) => Ok(Self::WebSocket(Box::new(tokio_tungstenite::connect_async(url).await?.0))),
            Endpoint::Baseline { address, channel } => {
                let mut stream = TcpStream::connect(address).await?;
                stream.write_all(format!("{channel}\n").as_bytes()).await?;
                Ok(Self::Baseline(BufReader::new(stream)))
            }
        }
    }

    async fn read_all(mut self, stats: Arc<ClientStats>, epoch: Instant) {
        while let Some(text) = self.read_message().await {
            record_update(&text, &stats, epoch);
        }
    }

    async fn read_message(&mut self) -> Option<String> {
        match self {
            Self::WebSocket(socket) => loop {
                match socket.next().await?.ok()? {
                    Message::Text(text) => return Some(text.as_str().to_owned()),
                    Message::Close(_) => return None,
                    _ => {}
                }
            },
            Self::Baseline(stream) => {
                let mut header = [0; 4];
                stream.read_exact(&mut header).await.ok()?;
                let mut text = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]]))];
                stream.read_exact(&mut text).await.ok()?;
                String::from_utf8(text).ok()
            }
        }
    }
}

/// The publish time is in the update's message: `t=` and nanoseconds since the epoch.
fn record_update(text: &str, stats: &ClientStats, epoch: Instant) {
    let Some(published) = text.split_once("\"t=").and_then(|(_, rest)| rest.split('"').next()?.parse().ok()) else { return };
    let latency = epoch.elapsed().saturating_sub(Duration::from_nanos(published));
    stats.latencies.lock().expect("no panic while the lock is held").push(latency);
    stats.newest_published.fetch_max(published, Ordering::Relaxed);
    if text.contains("\"completed\"") {
        stats.completed.store(true, Ordering::Relaxed);
    }
}
