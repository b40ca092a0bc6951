//! One connection to a Redis server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use ::redis::{AsyncConnectionConfig, Client, ConnectionInfo, Pipeline, PushInfo, PushKind, RedisResult, aio::MultiplexedConnection, aio::SendError};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    channel::{Incoming, parse_push},
    topology::{Address, address_of},
};
use crate::bus::outbox::Outbox;

/// How long Redis may take to answer a command before the connection counts as lost.
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone)]
pub(super) struct Link {
    pub(super) address: Address,
    redis: MultiplexedConnection,
    /// Cancelled when this particular connection is lost, or the server is no longer the right one.
    pub(super) lost: CancellationToken,
    /// The newest number that arrived on the echo channel.
    pub(super) echoes: watch::Receiver<u64>,
    unsubscribing: Arc<AtomicUsize>,
}

impl Link {
    pub(super) async fn connect(server: &ConnectionInfo, outbox: &Arc<Outbox>) -> RedisResult<Self> {
        let (lost, unsubscribing) = (CancellationToken::new(), Arc::<AtomicUsize>::default());
        let (echo, echoes) = watch::channel(0);
        let push_handler = push_handler(Arc::clone(outbox), lost.clone(), echo, Arc::clone(&unsubscribing));
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_push_sender(push_handler);
        let redis = Client::open(server.clone())?.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Self { address: address_of(server.addr()), redis, lost, echoes, unsubscribing })
    }

    pub(super) fn redis(&self) -> MultiplexedConnection {
        self.redis.clone()
    }

    /// Sends commands that are each answered once, at once. Those that subscribe or unsubscribe therefore name one channel each.
    pub(super) async fn send(&self, commands: &Pipeline) -> RedisResult<()> {
        commands.exec_async(&mut self.redis()).await
    }

    /// The same for commands of which this many are SUNSUBSCRIBE. If it does not end well, it is unknown how many will be answered, and so
    /// which later answers were asked for: the connection counts as lost.
    pub(super) async fn send_unsubscribing(&self, commands: &Pipeline, shard_channels: usize) -> RedisResult<()> {
        let uncertain = (shard_channels > 0).then(|| self.lost.clone().drop_guard());
        self.unsubscribing.fetch_add(shard_channels, Ordering::AcqRel);
        self.send(commands).await?;
        uncertain.map(DropGuard::disarm);
        Ok(())
    }
}

/// Called by the connection for every push; must not block.
fn push_handler(
    outbox: Arc<Outbox>,
    lost: CancellationToken,
    echo: watch::Sender<u64>,
    unsubscribing: Arc<AtomicUsize>,
) -> impl Fn(PushInfo) -> Result<(), SendError> + Send + Sync + 'static {
    move |push| {
        if lost.is_cancelled() {
            return Ok(());
        }
        match push.kind {
            PushKind::Disconnection => lost.cancel(),
            // Without having been asked for, it says that the channel's slot has moved to another server. The client takes it for the answer
            // to a command, and would mistake all answers after it.
            PushKind::SUnsubscribe => {
                if unsubscribing.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| count.checked_sub(1)).is_err() {
                    lost.cancel();
                }
            }
            _ => match parse_push(push) {
                Some(Incoming::Event(event)) => outbox.try_send(event),
                Some(Incoming::Echo(number)) => _ = echo.send_replace(number),
                None => {}
            },
        }
        Ok(())
    }
}
