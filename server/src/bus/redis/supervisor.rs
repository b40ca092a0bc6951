//! Supervises the connection to Redis: connects, subscribes to all users, waits until the connection is lost, and reconnects.

use std::{collections::HashSet, sync::Arc, sync::atomic::Ordering, time::Duration};

use ::redis::{AsyncConnectionConfig, Client, Cmd, PushInfo, PushKind, RedisError, aio::SendError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Connection, Shared, channel};
use crate::bus::BusEvent;

/// How often the connection is checked with a PING.
const PING_INTERVAL: Duration = Duration::from_secs(2);
/// How long Redis may take to answer a command before the connection counts as lost.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The first pause before reconnecting; doubled up to [`MAX_BACKOFF`].
const MIN_BACKOFF: Duration = Duration::from_millis(50);
/// The longest pause between two attempts, and so the longest time until a restarted Redis is noticed.
const MAX_BACKOFF: Duration = Duration::from_secs(1);
/// Keeps a SUBSCRIBE small enough to be answered quickly.
const CHANNELS_PER_COMMAND: usize = 500;

/// Dropping the future of [`Self::run`] disconnects.
pub(super) struct ConnectionSupervisor {
    client: Client,
    shared: Arc<Shared>,
    /// Cancelled after the first attempt, successful or not.
    attempted: CancellationToken,
}

/// Disconnects however the task ends.
struct DisconnectOnDrop<'a>(&'a Shared);

impl Drop for DisconnectOnDrop<'_> {
    fn drop(&mut self) {
        self.0.state().connection = None;
        self.0.up.store(false, Ordering::Release);
    }
}

impl ConnectionSupervisor {
    pub(super) fn new(client: Client, shared: Arc<Shared>, attempted: CancellationToken) -> Self {
        Self { client, shared, attempted }
    }

    /// Never returns.
    pub(super) async fn run(self) {
        let _disconnect = DisconnectOnDrop(&self.shared);
        let mut backoff = MIN_BACKOFF;
        let mut was_connected = false;
        let mut failed = false;
        loop {
            match self.connect().await {
                Ok(connection) => {
                    tracing::info!("connected to Redis");
                    self.attempted.cancel();
                    (backoff, failed) = (MIN_BACKOFF, false);
                    if was_connected {
                        self.shared.outbox.send(BusEvent::Restored).await;
                    }
                    let cause = wait_until_lost(&connection).await;
                    self.disconnect(&connection);
                    drop(connection);
                    tracing::warn!(cause, "the connection to Redis is lost; sockets will reconnect once it is restored");
                    metrics::counter!("playmarks_bus_lost_total").increment(1);
                    was_connected = true;
                    self.shared.outbox.send(BusEvent::Lost).await;
                }
                Err(error) => {
                    self.attempted.cancel();
                    if !failed {
                        tracing::warn!(%error, "Redis cannot be reached; retrying");
                    }
                    failed = true;
                }
            }
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    /// Returns once every subscription is confirmed and the connection is in use.
    async fn connect(&self) -> Result<Connection, RedisError> {
        let lost = CancellationToken::new();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_push_sender(push_handler(Arc::clone(&self.shared), lost.clone()));
        let redis = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut connection = Connection { redis, lost };
        connection.redis.subscribe(channel::CONTROL).await?;
        let mut subscribed: HashSet<Uuid> = self.shared.state().subscribed_users.clone();
        for channels in channel_chunks(&subscribed) {
            connection.redis.subscribe(channels).await?;
        }
        // While disconnected nobody can subscribe, but users may unsubscribe. Those are unsubscribed here, before the connection is in use:
        // later this could undo a new subscription of the same user.
        loop {
            let ended: HashSet<Uuid> = {
                let mut state = self.shared.state();
                if connection.lost.is_cancelled() {
                    return Err(RedisError::from((::redis::ErrorKind::Io, "the connection was lost while subscribing")));
                }
                let ended: HashSet<Uuid> = subscribed.difference(&state.subscribed_users).copied().collect();
                if ended.is_empty() {
                    state.connection = Some(connection.clone());
                    self.shared.up.store(true, Ordering::Release);
                    return Ok(connection);
                }
                ended
            };
            for channels in channel_chunks(&ended) {
                connection.redis.unsubscribe(channels).await?;
            }
            subscribed.retain(|user| !ended.contains(user));
        }
    }

    fn disconnect(&self, connection: &Connection) {
        connection.lost.cancel();
        let mut state = self.shared.state();
        state.connection = None;
        self.shared.up.store(false, Ordering::Release);
    }
}

/// The channels of these users, [`CHANNELS_PER_COMMAND`] each.
fn channel_chunks(users: &HashSet<Uuid>) -> Vec<Vec<String>> {
    let names: Vec<String> = users.iter().copied().map(channel::for_user).collect();
    names.chunks(CHANNELS_PER_COMMAND).map(<[String]>::to_vec).collect()
}

/// Returns how the loss was noticed.
async fn wait_until_lost(connection: &Connection) -> String {
    let mut redis = connection.redis.clone();
    let ping = Cmd::new().arg("PING").to_owned();
    loop {
        tokio::select! {
            biased;
            () = connection.lost.cancelled() => return "closed by Redis".into(),
            () = tokio::time::sleep(PING_INTERVAL) => {}
        }
        // Checked here, too: a PING on a closed connection may take until its timeout.
        tokio::select! {
            biased;
            () = connection.lost.cancelled() => return "closed by Redis".into(),
            answer = ping.exec_async(&mut redis) => if let Err(error) = answer {
                return error.to_string();
            },
        }
    }
}

/// Called by the connection for every push; must not block.
fn push_handler(shared: Arc<Shared>, lost: CancellationToken) -> impl Fn(PushInfo) -> Result<(), SendError> + Send + Sync + 'static {
    move |push| {
        if lost.is_cancelled() {
            return Ok(());
        }
        if push.kind == PushKind::Disconnection {
            // Here and not only in the supervising task, so that upgrades are refused immediately.
            let mut state = shared.state();
            lost.cancel();
            if state.connection.as_ref().is_some_and(|connection| connection.lost.is_cancelled()) {
                state.connection = None;
                shared.up.store(false, Ordering::Release);
            }
        } else if let Some(event) = channel::parse_push(push) {
            shared.outbox.try_send(event);
        }
        Ok(())
    }
}
