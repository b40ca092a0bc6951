//! Tells sockets for what jobs without a worker wait: the source is blocked for all of them at once, and nothing is stored per job.

use std::time::Duration;

use app::wire::{Control, SourceBlock};
use axum::extract::ws::Utf8Bytes;
use tokio::time::{MissedTickBehavior, interval};

use super::{Hub, encode_control};
use crate::store::{READ_TIMEOUT, Store, with_timeout};

const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// What the database said last, and the frame that says so; `None` before it was asked, and while nobody is connected.
pub(super) type KnownBlock = Option<(Option<SourceBlock>, Utf8Bytes)>;

/// Runs until dropped.
pub(super) async fn announce_blocks(hub: &Hub, store: &dyn Store) {
    let mut ticks = interval(CHECK_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if hub.users().is_empty() {
            *hub.known_block() = None;
            continue;
        }
        match with_timeout(READ_TIMEOUT, store.source_block()).await {
            Ok(block) => hub.announce_block(block),
            Err(error) => tracing::debug!(%error, "the database did not say whether the source is blocked; trying again in a second"),
        }
    }
}

impl Hub {
    /// Sends it to all sockets unless it is known already.
    pub(super) fn announce_block(&self, block: Option<SourceBlock>) {
        if self.known_block().as_ref().is_some_and(|(known, _)| *known == block) {
            return;
        }
        let frame = encode_control(&Control::source(block));
        // Known before it is sent, so that a socket that is opened meanwhile gets it at least once.
        *self.known_block() = Some((block, frame.clone()));
        for user in self.connected_users() {
            for socket in user.sockets().iter() {
                socket.mailbox.enqueue_source(&frame);
            }
        }
    }
}
