//! What every handler can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::{
    auth::Auth,
    bus::{Bus, publisher::Publisher},
    config::Settings,
    hub::Hub,
    store::Store,
};

/// Shared by all handlers; cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The truth.
    pub store: Arc<dyn Store>,
    /// The same over a connection of its own: asked only whether it is there.
    #[from_ref(skip)]
    pub health: Arc<dyn Store>,
    /// The hint.
    pub bus: Arc<dyn Bus>,
    /// Publishes job states without making the caller wait.
    pub publisher: Publisher,
    /// This process' sockets.
    pub hub: Arc<Hub>,
    /// Passwords, sessions, tokens, tickets.
    pub auth: Arc<Auth>,
    /// Turns for storing imports: each holds a connection, and on SQLite the only writer, for as long as its file is long.
    pub imports: Arc<Semaphore>,
    /// Socket tasks, which axum's graceful shutdown forgets.
    pub sockets: TaskTracker,
}
