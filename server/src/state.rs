//! What every handler can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

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
    /// The hint.
    pub bus: Arc<dyn Bus>,
    /// Publishes job states without making the caller wait.
    pub publisher: Publisher,
    /// This process' sockets.
    pub hub: Arc<Hub>,
    /// Passwords, sessions, tokens, tickets.
    pub auth: Arc<Auth>,
    /// Socket tasks, which axum's graceful shutdown forgets.
    pub sockets: TaskTracker,
    /// Cancelled when the process is asked to stop.
    pub shutdown: CancellationToken,
}
