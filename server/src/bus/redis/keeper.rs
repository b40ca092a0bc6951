//! The task that keeps one connection to Redis: connect, subscribe to all that is wanted, watch, and again.

use std::{collections::HashSet, sync::Arc, sync::atomic::Ordering, time::Duration};

use ::redis::{AsyncConnectionConfig, Client, Cmd, PushInfo, PushKind, RedisError, aio::SendError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Link, Shared, channel};
use crate::bus::BusEvent;

/// How often a silent connection is asked whether it lives.
const PING: Duration = Duration::from_secs(2);
/// How long Redis may take to answer anything; a connection that is slower is given up.
const RESPONSE: Duration = Duration::from_secs(3);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(2);
/// The first pause after a connection was lost or refused; doubled up to [`MAX_PAUSE`].
const MIN_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause between two tries: what a returning Redis costs at most.
const MAX_PAUSE: Duration = Duration::from_secs(1);
/// Channels in one SUBSCRIBE.
const CHUNK: usize = 500;

/// Keeps the connection; dropping its future ends it.
pub(super) struct Keeper {
    client: Client,
    shared: Arc<Shared>,
    /// Cancelled after the first try, whatever came of it.
    tried: CancellationToken,
}

/// Takes the connection down when the task ends, however it ends.
struct Down<'a>(&'a Shared);

impl Drop for Down<'_> {
    fn drop(&mut self) {
        self.0.links().live = None;
        self.0.up.store(false, Ordering::Release);
    }
}

impl Keeper {
    pub(super) fn new(client: Client, shared: Arc<Shared>, tried: CancellationToken) -> Self {
        Self { client, shared, tried }
    }

    /// Never returns.
    pub(super) async fn run(self) {
        let _down = Down(&self.shared);
        let mut pause = MIN_PAUSE;
        let mut lost = false;
        let mut refused = false;
        loop {
            match self.connect().await {
                Ok(link) => {
                    tracing::info!("connected to Redis");
                    self.tried.cancel();
                    (pause, refused) = (MIN_PAUSE, false);
                    if lost {
                        self.shared.outbox.deliver(BusEvent::Restored).await;
                    }
                    let cause = watch(&link).await;
                    self.take_down(&link);
                    drop(link);
                    tracing::warn!(cause, "the connection to Redis is lost; sockets reconnect when it is back");
                    metrics::counter!("playmarks_bus_lost_total").increment(1);
                    lost = true;
                    self.shared.outbox.deliver(BusEvent::Lost).await;
                }
                Err(error) => {
                    self.tried.cancel();
                    if !refused {
                        tracing::warn!(%error, "Redis cannot be reached; trying on");
                    }
                    refused = true;
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    /// A connection with every wanted subscription confirmed, already live.
    async fn connect(&self) -> Result<Link, RedisError> {
        let gone = CancellationToken::new();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(RESPONSE))
            .set_push_sender(receiver(Arc::clone(&self.shared), gone.clone()));
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut link = Link { connection, gone };
        link.connection.subscribe(channel::CONTROL).await?;
        let mut subscribed: HashSet<Uuid> = self.shared.links().wanted.clone();
        for channels in channels(&subscribed) {
            link.connection.subscribe(channels).await?;
        }
        // Nobody subscribes while there is no live connection, but some may end their subscription meanwhile. That is made good before
        // this one is live: afterwards it could undo somebody's new subscription.
        loop {
            let ended: HashSet<Uuid> = {
                let mut links = self.shared.links();
                if link.gone.is_cancelled() {
                    return Err(RedisError::from((::redis::ErrorKind::Io, "lost again while subscribing")));
                }
                let ended: HashSet<Uuid> = subscribed.difference(&links.wanted).copied().collect();
                if ended.is_empty() {
                    links.live = Some(link.clone());
                    self.shared.up.store(true, Ordering::Release);
                    return Ok(link);
                }
                ended
            };
            for channels in channels(&ended) {
                link.connection.unsubscribe(channels).await?;
            }
            subscribed.retain(|user| !ended.contains(user));
        }
    }

    fn take_down(&self, link: &Link) {
        link.gone.cancel();
        let mut links = self.shared.links();
        links.live = None;
        self.shared.up.store(false, Ordering::Release);
    }
}

/// The channels of these users, in commands of a size that Redis answers quickly.
fn channels(users: &HashSet<Uuid>) -> Vec<Vec<String>> {
    let names: Vec<String> = users.iter().copied().map(channel::of_user).collect();
    names.chunks(CHUNK).map(<[String]>::to_vec).collect()
}

/// Waits for the end of a connection, and says how it was noticed.
async fn watch(link: &Link) -> String {
    let mut connection = link.connection.clone();
    let ping = Cmd::new().arg("PING").to_owned();
    loop {
        tokio::select! {
            biased;
            () = link.gone.cancelled() => return "closed by Redis".into(),
            () = tokio::time::sleep(PING) => {}
        }
        // Raced as well: the answer to a PING on a closed connection may be long in coming.
        tokio::select! {
            biased;
            () = link.gone.cancelled() => return "closed by Redis".into(),
            answer = ping.exec_async(&mut connection) => if let Err(error) = answer {
                return error.to_string();
            },
        }
    }
}

/// Called by the connection for whatever Redis pushes; must not wait.
fn receiver(shared: Arc<Shared>, gone: CancellationToken) -> impl Fn(PushInfo) -> Result<(), SendError> + Send + Sync + 'static {
    move |push| {
        if gone.is_cancelled() {
            return Ok(());
        }
        if push.kind == PushKind::Disconnection {
            // At once, and not only when the task gets its turn: from here on upgrades are refused.
            let mut links = shared.links();
            gone.cancel();
            if links.live.as_ref().is_some_and(|link| link.gone.is_cancelled()) {
                links.live = None;
                shared.up.store(false, Ordering::Release);
            }
        } else if let Some(event) = channel::read(push) {
            shared.outbox.offer(event);
        }
        Ok(())
    }
}
