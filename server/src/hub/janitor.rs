//! Ends the subscription of users whose last socket has gone, and forgets them.

use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::mpsc;

use super::{Hub, user::User};

/// Subscriptions ended at once; each waits for Redis' answer.
const AT_ONCE: usize = 64;

/// Ends with its channel.
pub(super) async fn run(hub: &Hub, mut releases: mpsc::UnboundedReceiver<Arc<User>>) {
    futures::stream::poll_fn(|cx| releases.poll_recv(cx)).for_each_concurrent(AT_ONCE, |user| release(hub, user)).await;
}

async fn release(hub: &Hub, user: Arc<User>) {
    let mut subscribed = user.subscribed.lock().await;
    // Somebody came back meanwhile.
    if !user.sockets().is_empty() {
        return;
    }
    // Also where it is not known to be subscribed: an upgrade may have been given up halfway.
    hub.bus.unsubscribe(user.id).await;
    *subscribed = false;
    // Registering holds this lock, so that no socket is added to a user who is being forgotten.
    let mut users = hub.users();
    if user.sockets().is_empty() && users.get(&user.id).is_some_and(|known| Arc::ptr_eq(known, &user)) {
        users.remove(&user.id);
    }
}
