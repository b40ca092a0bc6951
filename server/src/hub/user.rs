//! Users with sockets in this process: registered by [`Hub::attach`], unsubscribed and removed after their last socket has closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::wire::Timestamp;
use futures::StreamExt;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Hub, Mailbox};

/// Number of users who are unsubscribed concurrently; each waits for Redis.
const MAX_CONCURRENT: usize = 64;

/// The user of a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketUser {
    /// The account's id.
    pub user_id: Uuid,
    /// The socket is closed when this session ends.
    pub session_id: Uuid,
    /// When the access token expires that it was opened with; `None` if it was opened with a ticket.
    pub expires_at: Option<Timestamp>,
}

pub(super) struct User {
    pub(super) id: Uuid,
    /// Whether the bus is subscribed to the user. Locked during a change, so that subscribing and unsubscribing do not overlap, and a
    /// second socket waits for the confirmation of the first.
    pub(super) subscribed: tokio::sync::Mutex<bool>,
    sockets: Mutex<Vec<Arc<Socket>>>,
}

pub(super) struct Socket {
    /// The socket is closed when it ends.
    pub(super) session_id: Uuid,
    pub(super) mailbox: Mailbox,
}

impl User {
    pub(super) fn new(id: Uuid) -> Self {
        Self { id, subscribed: tokio::sync::Mutex::new(false), sockets: Mutex::default() }
    }

    pub(super) fn sockets(&self) -> MutexGuard<'_, Vec<Arc<Socket>>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A registered socket; it leaves the hub when dropped.
pub struct Attachment {
    pub(super) hub: Arc<Hub>,
    pub(super) user: Arc<User>,
    pub(super) socket: Arc<Socket>,
}

impl Attachment {
    /// The socket's outgoing frames.
    pub fn mailbox(&self) -> &Mailbox {
        &self.socket.mailbox
    }

    /// Queues the frame that says whether the source is blocked, if that is known; otherwise it follows within a second.
    pub fn enqueue_known_block(&self) {
        if let Some((_, frame)) = &*self.hub.known_block() {
            self.socket.mailbox.enqueue_source(frame);
        }
    }

    /// For the metrics.
    pub fn count_sent_frames(&self, frames: u64) {
        self.hub.metrics.frames.increment(frames);
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut sockets = self.user.sockets();
        sockets.retain(|socket| !Arc::ptr_eq(socket, &self.socket));
        sockets.shrink_to_fit();
        let is_last = sockets.is_empty();
        drop(sockets);
        self.hub.metrics.sockets.decrement(1);
        if std::thread::panicking() {
            metrics::counter!("playmarks_sockets_closed_total", "reason" => "panic").increment(1);
        }
        if is_last {
            // Fails only after the hub has stopped, and its subscriptions with it.
            let _ = self.hub.idle_users.send(Arc::clone(&self.user));
        }
    }
}

/// Unsubscribes from users whose last socket has closed, and removes them. Returns when the channel closes.
pub(super) async fn remove_idle_users(hub: &Hub, mut idle_users: mpsc::UnboundedReceiver<Arc<User>>) {
    futures::stream::poll_fn(|cx| idle_users.poll_recv(cx)).for_each_concurrent(MAX_CONCURRENT, |user| unsubscribe_if_idle(hub, user)).await;
}

async fn unsubscribe_if_idle(hub: &Hub, user: Arc<User>) {
    let mut subscribed = user.subscribed.lock().await;
    // A socket was opened meanwhile.
    if !user.sockets().is_empty() {
        return;
    }
    // Even if it does not count as subscribed, because an upgrade may have been cancelled before the confirmation.
    hub.bus.unsubscribe(user.id).await;
    *subscribed = false;
    // Registering takes this lock, so no socket is added to a user who is being removed.
    let mut users = hub.users();
    if user.sockets().is_empty() && users.get(&user.id).is_some_and(|known| Arc::ptr_eq(known, &user)) {
        users.remove(&user.id);
    }
}
