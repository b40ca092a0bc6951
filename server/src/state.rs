//! The state shared by all handlers.

use std::{panic::resume_unwind, sync::Arc};

use axum::extract::FromRef;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::{
    auth::Auth,
    bus::{Bus, publisher::Publisher},
    config::Settings,
    error::{AppError, AppResult},
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
    /// Changes in progress, whose clients may have left.
    #[from_ref(skip)]
    pub changes: TaskTracker,
}

impl AppState {
    /// Runs a change together with its announcement, which has to follow the commit. If the client leaves, its request is dropped at any
    /// `await`, but not this. Shutdown waits for it.
    pub(crate) async fn run_to_completion<T, F>(&self, change: impl FnOnce(Self) -> F) -> AppResult<T>
    where
        T: Send + 'static,
        F: Future<Output = AppResult<T>> + Send + 'static,
    {
        match self.changes.spawn(change(self.clone()).in_current_span()).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(cancelled) => Err(AppError::internal(&cancelled)),
            },
        }
    }
}
