//! The bus of a multi-process system: Redis pub/sub over one RESP3 connection, which publishes and subscribes to the connected users; on a
//! Redis Cluster over one to each primary, by sharded pub/sub.
//!
//! A task supervises the connections instead of the client's connection manager, which does not report when it is connected again or that
//! resubscribing failed, and never gives up a connection that falls silent without a reset (a frozen Redis, a pulled cable). Here a message
//! to this process itself that does not come back ends the connection, and it counts as restored once all subscriptions are confirmed on the
//! new one. A connection that turns out not to lead to the right server (any more) counts as lost, too.

mod channel;
mod link;
mod node;
mod supervisor;
mod topology;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ::redis::{ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisError};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{
    node::{Layout, Node},
    supervisor::ConnectionSupervisor,
};
use super::{
    Bus, BusEvent, BusUnavailable, Signal,
    outbox::{CAPACITY, Outbox},
};
use crate::config::split_hosts;

/// How long [`RedisBus::start`] waits for the first attempt to connect.
const FIRST_CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Delivers to every process on the same Redis.
pub struct RedisBus {
    shared: Arc<Shared>,
}

/// Shared by the bus and the task that supervises its connections.
struct Shared {
    state: Mutex<State>,
    outbox: Arc<Outbox>,
}

/// Under one lock, so that a connection is only set once all subscriptions are confirmed.
#[derive(Default)]
struct State {
    subscribed_users: HashSet<Uuid>,
    /// Without servers while disconnected.
    layout: Arc<Layout>,
    /// Why a server cannot be used.
    problem: Option<String>,
}

impl RedisBus {
    /// Connects to `redis://…` or `rediss://…` and reconnects until `shutdown`, in the task whose handle is returned. The URL may name several
    /// servers, separated by commas: a primary and its replicas, or nodes of a cluster. Returns within a second even if none can be reached;
    /// the task retries.
    ///
    /// # Errors
    /// The URL cannot be parsed.
    pub async fn start(url: &str, shutdown: CancellationToken) -> Result<(Self, JoinHandle<()>), RedisError> {
        let servers = split_hosts(url).into_iter().map(|url| {
            let info = url.into_connection_info()?;
            let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
            Ok(info.set_redis_settings(settings))
        });
        let servers: Vec<ConnectionInfo> = servers.collect::<Result<_, RedisError>>()?;
        let shared = Arc::new(Shared { state: Mutex::default(), outbox: Outbox::new(CAPACITY) });
        let attempted = CancellationToken::new();
        let supervisor = ConnectionSupervisor::new(servers, Arc::clone(&shared), attempted.clone());
        let task = tokio::spawn(async move {
            let _ = shutdown.run_until_cancelled(supervisor.run()).await;
        });
        let _ = tokio::time::timeout(FIRST_CONNECT_TIMEOUT, attempted.cancelled()).await;
        Ok((Self { shared }, task))
    }

    async fn send(&self, channel: &str, payload: &[u8]) -> Result<(), BusUnavailable> {
        let node = self.shared.state().node_for(channel)?;
        node.publish(channel, payload).await.map_err(|error| BusUnavailable(error.to_string()))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn layout(&self) -> Arc<Layout> {
        Arc::clone(&self.state().layout)
    }
}

impl State {
    fn node_for(&self, channel: &str) -> Result<Node, BusUnavailable> {
        self.layout.node_for(channel).cloned().ok_or_else(not_connected)
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
        let channel = channel::for_user(user_id);
        let node = {
            let mut state = self.shared.state();
            let node = state.node_for(&channel)?;
            state.subscribed_users.insert(user_id);
            node
        };
        let confirmed = node.subscribe(&[channel]).await;
        // A confirmation counts only while its connection is alive.
        let error = match confirmed {
            Ok(()) if !node.is_lost() => return Ok(()),
            Ok(()) => not_connected(),
            Err(error) => BusUnavailable(error.to_string()),
        };
        self.unsubscribe(user_id).await;
        Err(error)
    }

    async fn unsubscribe(&self, user_id: Uuid) {
        let channel = channel::for_user(user_id);
        let node = {
            let mut state = self.shared.state();
            state.subscribed_users.remove(&user_id);
            state.node_for(&channel)
        };
        if let Ok(node) = node
            && let Err(error) = node.unsubscribe(channel).await
        {
            // Harmless: the next connection will not have the subscription, and until then nobody receives the messages.
            tracing::debug!(%error, %user_id, "unsubscribing failed");
        }
    }

    fn is_up_for(&self, user_id: Uuid) -> bool {
        self.shared.layout().node_for(&channel::for_user(user_id)).is_some()
    }

    fn problem(&self) -> Option<String> {
        let state = self.shared.state();
        (!state.layout.is_complete()).then(|| state.problem.clone().unwrap_or_else(|| "Redis has not answered yet".into()))
    }

    fn kind(&self) -> &'static str {
        "redis"
    }

    fn take_events(&self) -> Option<mpsc::Receiver<BusEvent>> {
        self.shared.outbox.take_receiver()
    }
}
