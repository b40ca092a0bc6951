//! The bus of a multi-process system: Redis pub/sub over one RESP3 connection, which publishes and subscribes to the connected users.
//!
//! A task supervises the connection instead of the client's connection manager, which does not report when it is connected again or that
//! resubscribing failed, and never gives up a connection that falls silent without a reset (a frozen Redis, a pulled cable). Here an
//! unanswered PING ends the connection, and it counts as restored once all subscriptions are confirmed on the new one.

mod channel;
mod supervisor;

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

use self::supervisor::ConnectionSupervisor;
use super::{
    Bus, BusEvent, BusUnavailable, Signal,
    outbox::{CAPACITY, Outbox},
};

/// How long [`RedisBus::start`] waits for the first attempt to connect.
const FIRST_CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Delivers to every process on the same Redis.
pub struct RedisBus {
    shared: Arc<Shared>,
}

/// Shared by the bus and the task that supervises its connection.
struct Shared {
    up: AtomicBool,
    state: Mutex<State>,
    outbox: Arc<Outbox>,
}

/// Under one lock, so that a connection is only set once all subscriptions are confirmed.
#[derive(Default)]
struct State {
    subscribed_users: HashSet<Uuid>,
    /// `None` while disconnected.
    connection: Option<Connection>,
}

#[derive(Clone)]
struct Connection {
    redis: MultiplexedConnection,
    /// Cancelled when this particular connection is lost.
    lost: CancellationToken,
}

impl RedisBus {
    /// Connects to `redis://…` or `rediss://…` and reconnects until `shutdown`, in the task whose handle is returned. Returns within a second
    /// even if Redis cannot be reached; the task retries.
    ///
    /// # Errors
    /// The URL cannot be parsed.
    pub async fn start(url: &str, shutdown: CancellationToken) -> Result<(Self, JoinHandle<()>), RedisError> {
        let info = url.into_connection_info()?;
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings))?;
        let shared = Arc::new(Shared { up: AtomicBool::new(false), state: Mutex::default(), outbox: Outbox::new(CAPACITY) });
        let attempted = CancellationToken::new();
        let supervisor = ConnectionSupervisor::new(client, Arc::clone(&shared), attempted.clone());
        let task = tokio::spawn(async move {
            let _ = shutdown.run_until_cancelled(supervisor.run()).await;
        });
        let _ = tokio::time::timeout(FIRST_CONNECT_TIMEOUT, attempted.cancelled()).await;
        Ok((Self { shared }, task))
    }

    async fn send(&self, channel: &str, payload: &[u8]) -> Result<(), BusUnavailable> {
        let mut connection = self.shared.connection()?;
        Cmd::publish(channel, payload).exec_async(&mut connection.redis).await.map_err(|error| BusUnavailable(error.to_string()))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> Result<Connection, BusUnavailable> {
        self.state().connection.clone().ok_or_else(not_connected)
    }
}

fn not_connected() -> BusUnavailable {
    BusUnavailable("not connected to Redis".into())
}

#[async_trait]
impl Bus for RedisBus {
    async fn publish(&self, user_id: Uuid, payload: Bytes) -> Result<(), BusUnavailable> {
        self.send(&channel::for_user(user_id), &payload).await
    }

    async fn signal(&self, signal: &Signal) -> Result<(), BusUnavailable> {
        let payload = serde_json::to_vec(signal).map_err(|error| BusUnavailable(error.to_string()))?;
        self.send(channel::CONTROL, &payload).await
    }

    async fn subscribe(&self, user_id: Uuid) -> Result<(), BusUnavailable> {
        let mut connection = {
            let mut state = self.shared.state();
            let connection = state.connection.clone().ok_or_else(not_connected)?;
            state.subscribed_users.insert(user_id);
            connection
        };
        let confirmed = connection.redis.subscribe(channel::for_user(user_id)).await;
        // A confirmation counts only while its connection is alive.
        let error = match confirmed {
            Ok(()) if !connection.lost.is_cancelled() => return Ok(()),
            Ok(()) => not_connected(),
            Err(error) => BusUnavailable(error.to_string()),
        };
        self.unsubscribe(user_id).await;
        Err(error)
    }

    async fn unsubscribe(&self, user_id: Uuid) {
        let connection = {
            let mut state = self.shared.state();
            state.subscribed_users.remove(&user_id);
            state.connection.clone()
        };
        if let Some(mut connection) = connection
            && let Err(error) = connection.redis.unsubscribe(channel::for_user(user_id)).await
        {
            // Harmless: the next connection will not have the subscription, and until then nobody receives the messages.
            tracing::debug!(%error, %user_id, "unsubscribing failed");
        }
    }

    fn is_up(&self) -> bool {
        self.shared.up.load(Ordering::Acquire)
    }

    fn kind(&self) -> &'static str {
        "redis"
    }

    fn take_events(&self) -> Option<mpsc::Receiver<BusEvent>> {
        self.shared.outbox.take_receiver()
    }
}
