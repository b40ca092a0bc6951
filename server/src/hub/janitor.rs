//! Unsubscribes from users whose last socket has closed, and removes them.

use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::mpsc;

use super::{Hub, user::User};

/// Users who are unsubscribed concurrently; each waits for Redis.
const MAX_CONCURRENT: usize = 64;

/// Ends with its channel.
pub(super) async fn run(hub: &Hub, mut idle_users: mpsc::UnboundedReceiver<Arc<User>>) {
    futures::stream::poll_fn(|cx| idle_users.poll_recv(cx)).for_each_concurrent(MAX_CONCURRENT, |user| unsubscribe_if_idle(hub, user)).await;
}

async fn unsubscribe_if_idle(hub: &Hub, user: Arc<User>) {
    let mut subscribed = user.subscribed.lock().await;
    // A socket was opened meanwhile.
    if !user.sockets().is_empty() {
        return;
    }
    // Even if it does not count as subscribed: an upgrade may have been cancelled before the confirmation.
    hub.bus.unsubscribe(user.id).await;
    *subscribed = false;
    // Registering holds this lock, so no socket is added to a user who is being removed.
    let mut users = hub.users();
    if user.sockets().is_empty() && users.get(&user.id).is_some_and(|known| Arc::ptr_eq(known, &user)) {
        users.remove(&user.id);
    }
}
