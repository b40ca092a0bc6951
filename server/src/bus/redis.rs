//! The bus of a system of many processes: Redis, over one RESP3 connection that publishes and is subscribed to connected users.
//!
//! The connection is kept by a task of our own instead of the client's connection manager. The manager neither says when it is back nor
//! that resubscribing failed, and it never leaves a connection that has gone silent without a reset (a frozen Redis, a pulled cable).
//! Here a missed PING ends a connection, and "back" means that every subscription was confirmed on the new one.

mod channel;
mod keeper;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::redis::{Client, Cmd, IntoConnectionInfo, ProtocolVersion, RedisError, aio::MultiplexedConnection};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::keeper::Keeper;
use super::{
    Bus, BusAway, BusEvent, Signal,
    outbox::{CAPACITY, Outbox},
};

/// How long [`RedisBus::start`] waits for the first connection before it leaves that to the task.
const FIRST_CONNECT: Duration = Duration::from_secs(1);

/// Publishes to Redis and hears from it.
pub struct RedisBus {
    shared: Arc<Shared>,
}

/// What the bus and the task that keeps its connection share.
struct Shared {
    up: AtomicBool,
    links: Mutex<Links>,
    outbox: Arc<Outbox>,
}

/// Changed under one lock, so that a new connection is live only with every subscription that is wanted.
#[derive(Default)]
struct Links {
    wanted: HashSet<Uuid>,
    live: Option<Link>,
}

/// One connection.
#[derive(Clone)]
struct Link {
    connection: MultiplexedConnection,
    /// Cancelled when it is gone; tells one connection from the next.
    gone: CancellationToken,
}

impl RedisBus {
    /// Connects to `redis://…` or `rediss://…` and keeps connected until `shutdown`; the handle is of the task that does so. Where Redis
    /// cannot be reached this returns within a second all the same, and the task keeps trying.
    ///
    /// # Errors
    /// The address cannot be read.
    pub async fn start(url: &str, shutdown: CancellationToken) -> Result<(Self, JoinHandle<()>), RedisError> {
        let info = url.into_connection_info()?;
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings))?;
        let shared = Arc::new(Shared { up: AtomicBool::new(false), links: Mutex::default(), outbox: Outbox::new(CAPACITY) });
        let tried = CancellationToken::new();
        let keeper = Keeper::new(client, Arc::clone(&shared), tried.clone());
        let task = tokio::spawn(async move {
            let _ = shutdown.run_until_cancelled(keeper.run()).await;
        });
        let _ = tokio::time::timeout(FIRST_CONNECT, tried.cancelled()).await;
        Ok((Self { shared }, task))
    }

    async fn send(&self, channel: &str, payload: &[u8]) -> Result<(), BusAway> {
        let Link { mut connection, .. } = self.shared.live()?;
        Cmd::publish(channel, payload).exec_async(&mut connection).await.map_err(|error| BusAway(error.to_string()))
    }
}

impl Shared {
    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) -> Result<Link, BusAway> {
        self.links().live.clone().ok_or_else(away)
    }
}

fn away() -> BusAway {
    BusAway("not connected to Redis".into())
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, user_id: Uuid, payload: Bytes) -> Result<(), BusAway> {
        self.send(&channel::of_user(user_id), &payload).await
    }

    async fn signal(&self, signal: &Signal) -> Result<(), BusAway> {
        let payload = serde_json::to_vec(signal).map_err(|error| BusAway(error.to_string()))?;
        self.send(channel::CONTROL, &payload).await
    }

    async fn subscribe(&self, user_id: Uuid) -> Result<(), BusAway> {
        let mut link = {
            let mut links = self.shared.links();
            let link = links.live.clone().ok_or_else(away)?;
            links.wanted.insert(user_id);
            link
        };
        let confirmed = link.connection.subscribe(channel::of_user(user_id)).await;
        // A confirmation by a connection that is gone by now is worth nothing.
        let failure = match confirmed {
            Ok(()) if !link.gone.is_cancelled() => return Ok(()),
            Ok(()) => away(),
            Err(error) => BusAway(error.to_string()),
        };
        self.unsubscribe(user_id).await;
        Err(failure)
    }

    async fn unsubscribe(&self, user_id: Uuid) {
        let link = {
            let mut links = self.shared.links();
            links.wanted.remove(&user_id);
            links.live.clone()
        };
        if let Some(Link { mut connection, .. }) = link
            && let Err(error) = connection.unsubscribe(channel::of_user(user_id)).await
        {
            // Harmless: the next connection does not know of it, and until then nobody listens to what comes.
            tracing::debug!(%error, %user_id, "a subscription could not be ended");
        }
    }

    fn is_up(&self) -> bool {
        self.shared.up.load(Ordering::Acquire)
    }

    fn kind(&self) -> &'static str {
        "redis"
    }

    fn events(&self) -> Option<mpsc::Receiver<BusEvent>> {
        self.shared.outbox.take()
    }
}
