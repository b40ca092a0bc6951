//! The state shared by all handlers.

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
    uploads::UploadPermits,
};

/// Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub settings: Arc<Settings>,
    /// The database, which is the source of truth.
    pub store: Arc<dyn Store>,
    /// The same database over a separate connection, for health checks.
    #[from_ref(skip)]
    pub health: Arc<dyn Store>,
    /// Notifies other processes; messages may be lost.
    pub bus: Arc<dyn Bus>,
    /// Publishes job states in the background.
    pub publisher: Publisher,
    /// The WebSockets of this process.
    pub hub: Arc<Hub>,
    pub auth: Arc<Auth>,
    /// Permits for receiving and reading uploads.
    pub uploads: Arc<UploadPermits>,
    /// Permits for storing imports: each import holds a connection from its first line to its commit; on SQLite also the write lock.
    pub imports: Arc<Semaphore>,
    /// WebSocket tasks, for which axum's graceful shutdown does not wait.
    pub sockets: TaskTracker,
}
