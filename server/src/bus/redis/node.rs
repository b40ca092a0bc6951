//! A server that carries the channels of some slots, in use.

use std::{
    collections::HashSet,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ::redis::{ErrorKind, Pipeline, RedisResult, ServerErrorKind, pipe};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{
    channel,
    link::{Link, RESPONSE_TIMEOUT},
};

/// How often a server has to return a message.
const ECHO_INTERVAL: Duration = Duration::from_secs(2);
/// Keeps a batch of subscriptions small enough to be answered quickly.
const CHANNELS_PER_BATCH: usize = 500;

/// The servers in use at one moment.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) nodes: Vec<Node>,
}

impl Layout {
    /// The server that carries a channel; `None` while its connection is lost.
    pub(super) fn node_for(&self, channel: &str) -> Option<&Node> {
        let slot = channel::slot(channel);
        self.nodes.iter().find(|node| node.owns(slot) && !node.is_lost())
    }

    pub(super) fn is_usable(&self) -> bool {
        self.nodes.iter().any(|node| !node.is_lost())
    }

    /// Whether every channel has a server.
    pub(super) fn is_complete(&self) -> bool {
        let slots = self.nodes.iter().filter(|node| !node.is_lost()).flat_map(|node| &node.slots);
        slots.map(|range| range.len()).sum::<usize>() == usize::from(channel::SLOTS)
    }
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) link: Link,
    pub(super) slots: Vec<RangeInclusive<u16>>,
    /// Whether messages travel by sharded pub/sub; those of other publishers never do.
    sharded: bool,
    echo_channel: String,
    last_echo: Arc<AtomicU64>,
}

impl Node {
    /// Subscribes to the control channel, if it belongs to this server, and to the channels of these users.
    ///
    /// # Errors
    /// A sentence why the server cannot be used.
    pub(super) async fn open(link: Link, slots: Vec<RangeInclusive<u16>>, sharded: bool, users: &HashSet<Uuid>) -> Result<Self, String> {
        let echo_channel = channel::for_echo(|slot| slots.iter().any(|range| range.contains(&slot)));
        let node = Self { link, slots, sharded, echo_channel, last_echo: Arc::default() };
        let own = [node.echo_channel.clone(), channel::CONTROL.into()];
        let channels: Vec<String> = own.into_iter().chain(users.iter().copied().map(channel::for_user)).filter(|name| node.carries(name)).collect();
        for channels in channels.chunks(CHANNELS_PER_BATCH) {
            node.subscribe(channels).await.map_err(|error| error.to_string())?;
        }
        node.check_echo().await?;
        Ok(node)
    }

    fn owns(&self, slot: u16) -> bool {
        self.slots.iter().any(|range| range.contains(&slot))
    }

    pub(super) fn carries(&self, channel: &str) -> bool {
        self.owns(channel::slot(channel))
    }

    pub(super) fn is_lost(&self) -> bool {
        self.link.lost.is_cancelled()
    }

    /// Returns once all subscriptions are confirmed.
    pub(super) async fn subscribe(&self, channels: &[String]) -> RedisResult<()> {
        let commands = self.for_each_channel("SUBSCRIBE", "SSUBSCRIBE", channels);
        self.notice_move(self.link.send(&commands).await)
    }

    pub(super) async fn unsubscribe(&self, channel: String) -> RedisResult<()> {
        let commands = self.for_each_channel("UNSUBSCRIBE", "SUNSUBSCRIBE", &[channel]);
        self.link.send_unsubscribing(&commands, usize::from(self.sharded)).await
    }

    pub(super) async fn publish(&self, channel: &str, payload: &[u8]) -> RedisResult<()> {
        let mut command = pipe();
        command.cmd(if self.sharded { "SPUBLISH" } else { "PUBLISH" }).arg(channel).arg(payload);
        self.notice_move(self.link.send(&command).await)
    }

    /// Returns how the loss was noticed.
    pub(super) async fn wait_until_lost(&self) -> String {
        loop {
            let checked = async {
                sleep(ECHO_INTERVAL).await;
                self.check_echo().await
            };
            tokio::select! {
                biased;
                () = self.link.lost.cancelled() => return "the connection was closed".into(),
                checked = checked => if let Err(cause) = checked {
                    self.link.lost.cancel();
                    return cause;
                },
            }
        }
    }

    /// Sends a message to this process itself. Answers alone do not show that messages are carried.
    async fn check_echo(&self) -> Result<(), String> {
        let number = self.last_echo.fetch_add(1, Ordering::Relaxed) + 1;
        let mut echoes = self.link.echoes.clone();
        let round_trip = async {
            self.publish(&self.echo_channel, number.to_string().as_bytes()).await.map_err(|error| error.to_string())?;
            echoes.wait_for(|newest| *newest >= number).await.map(drop).map_err(|_| "the connection was closed".to_owned())
        };
        let no_echo = || Err(format!("a message that this process sent to itself did not come back within {} s", RESPONSE_TIMEOUT.as_secs()));
        timeout(RESPONSE_TIMEOUT, round_trip).await.unwrap_or_else(|_| no_echo())
    }

    fn for_each_channel(&self, plain: &str, sharded: &str, channels: &[String]) -> Pipeline {
        let mut commands = pipe();
        for channel in channels {
            commands.cmd(plain).arg(channel);
            if self.sharded {
                commands.cmd(sharded).arg(channel);
            }
        }
        commands
    }

    /// A server that says that a slot has moved has to be replaced by the slot's new owner.
    fn notice_move(&self, answer: RedisResult<()>) -> RedisResult<()> {
        answer.inspect_err(|error| {
            if error.kind() == ErrorKind::Server(ServerErrorKind::Moved) {
                self.link.lost.cancel();
            }
        })
    }
}
