//! Connects the parts of the server, runs them as supervised tasks, and shuts them down in order.

mod connection;
mod listener;
mod supervisor;
mod validation;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use app::backend::Instance;
use secrecy::ExposeSecret;
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::supervisor::Supervisor;
use crate::{
    auth::Auth,
    bus::{Bus, WorkSignal, local::LocalBus, publisher::Publisher, redis::RedisBus},
    config::{Command, MetadataMode, Registration, Settings, Switch},
    hub::Hub,
    metadata, router,
    state::AppState,
    store::{self, Store, Stores},
    telemetry,
    uploads::UploadPermits,
    worker::{OutageLog, Worker, WorkerSettings},
    ws,
};

pub use self::validation::validate_settings;

/// Shutdown may take ten seconds in all. How long the tasks may take to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(4_500);
/// How long sockets, and changes whose clients have left, may take after that; the sockets' clients have two seconds to answer the close.
const SOCKET_CLOSE_TIMEOUT: Duration = Duration::from_millis(2_500);
/// How long closing the database may take after that.
const STORE_CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What a process does; at least one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Serves pages, REST and WebSockets.
    pub web: bool,
    /// Processes jobs.
    pub worker: bool,
}

impl Roles {
    /// `None` for commands that run once and exit.
    pub fn for_command(command: &Command) -> Option<Self> {
        match command {
            Command::Serve => Some(Self { web: true, worker: true }),
            Command::Web => Some(Self { web: true, worker: false }),
            Command::Worker => Some(Self { web: false, worker: true }),
            Command::Migrate | Command::User { .. } | Command::Import(_) => None,
        }
    }
}

/// Runs until `shutdown` is cancelled or a task fails. `listener` is for the web role.
///
/// # Errors
/// Something could not be started, or a task failed.
pub async fn run(settings: Settings, roles: Roles, listener: Option<TcpListener>, shutdown: CancellationToken) -> anyhow::Result<()> {
    #[cfg(debug_assertions)]
    if let Some(stop) = settings.stop_at {
        crate::stop_points::arm(stop);
    }
    let settings = Arc::new(settings);
    // Held until the end. Without PostgreSQL and Redis only one process may use the database.
    let _instance_lock = store::acquire_instance_lock(&settings).await?;
    let stores = store::open_for(&settings, roles.web, roles.worker).await?;
    let ended = run_tasks(&settings, &stores, roles, listener, shutdown).await;
    if tokio::time::timeout(STORE_CLOSE_TIMEOUT, stores.close()).await.is_err() {
        tracing::warn!("the database was not closed in time; nothing that was answered is lost");
    }
    tracing::info!("stopped");
    ended
}

async fn run_tasks(
    settings: &Arc<Settings>,
    stores: &Stores,
    roles: Roles,
    listener: Option<TcpListener>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    if settings.database_url.is_none() {
        // This process holds the lock on the folder, so the workers that had those leases are dead.
        stores.background.void_leases().await.context("the database cannot be written to")?;
    }

    // Stopped after the tasks and in this order: tasks publish until they end, and the publisher needs the bus.
    let mut tasks = Supervisor::new(shutdown.clone());
    let (stop_publisher, stop_bus) = (CancellationToken::new(), CancellationToken::new());
    let _guards = (stop_publisher.clone().drop_guard(), stop_bus.clone().drop_guard());
    let bus = start_bus(&mut tasks, settings, &stop_bus).await?;
    let (publisher, publishing) = Publisher::spawn(Arc::clone(&bus), stop_publisher.clone());
    let work = WorkSignal::default();
    let hub = Hub::new(Arc::clone(&bus), settings.max_sockets_per_user, work.clone());
    let (sockets, changes) = (TaskTracker::new(), TaskTracker::new());

    tasks.spawn("hub", {
        let (hub, shutdown) = (Arc::clone(&hub), shutdown.clone());
        async move { hub.run(shutdown).await.map_err(Into::into) }
    });
    tasks.spawn("repair", {
        let (hub, store, shutdown) = (Arc::clone(&hub), Arc::clone(&stores.background), shutdown.clone());
        async move {
            hub.repair(store, shutdown).await;
            Ok(())
        }
    });
    if let Some(address) = settings.metrics_addr {
        tasks.spawn("metrics", telemetry::serve_metrics(address, shutdown.clone()));
    }
    if roles.worker {
        start_worker(&mut tasks, settings, &stores.background, &bus, publisher.clone(), work, &stop_bus)?;
    }
    if let Some(listener) = listener.filter(|_| roles.web) {
        let auth = Arc::new(Auth::new(Arc::clone(settings), Arc::clone(&stores.requests), &secret(settings, &*stores.requests).await?)?);
        let state = AppState {
            settings: Arc::clone(settings),
            store: Arc::clone(&stores.requests),
            health: Arc::clone(&stores.health),
            bus: Arc::clone(&bus),
            publisher: publisher.clone(),
            hub,
            auth,
            uploads: Arc::new(UploadPermits::for_settings(settings)),
            imports: Arc::new(Semaphore::new(stores.imports)),
            sockets: sockets.clone(),
            changes: changes.clone(),
        };
        start_web(&mut tasks, state, listener, shutdown)?;
    }

    let ended = tasks.run(SHUTDOWN_TIMEOUT).await;
    sockets.close();
    changes.close();
    if tokio::time::timeout(SOCKET_CLOSE_TIMEOUT, async { tokio::join!(sockets.wait(), changes.wait()) }).await.is_err() {
        let (open, changing) = (sockets.len(), changes.len());
        tracing::warn!(open, changing, "not all sockets closed and not all changes ended in time; they were dropped");
    }
    stop_publisher.cancel();
    let _ = publishing.await;
    stop_bus.cancel();
    ended
}

async fn start_bus(tasks: &mut Supervisor, settings: &Settings, stop: &CancellationToken) -> anyhow::Result<Arc<dyn Bus>> {
    let Some(url) = &settings.redis_url else { return Ok(Arc::new(LocalBus::new())) };
    let (bus, supervisor) = RedisBus::start(url.expose_secret(), stop.clone()).await.map_err(|error| {
        anyhow::anyhow!("REDIS_URL is not a valid address ({}). It has the form redis://user:password@host:6379/.", error.category())
    })?;
    if bus.problem().is_some() {
        tracing::warn!("Redis cannot be used yet; jobs are processed, and live updates start once it can");
    }
    let shutdown = tasks.shutdown();
    tasks.spawn("bus", async move {
        // It outlives the other tasks, so it only counts as failed before shutdown.
        match shutdown.run_until_cancelled(supervisor).await {
            Some(ended) => ended.map_err(Into::into),
            None => Ok(()),
        }
    });
    Ok(Arc::new(bus))
}

fn start_worker(
    tasks: &mut Supervisor,
    settings: &Settings,
    store: &Arc<dyn Store>,
    bus: &Arc<dyn Bus>,
    publisher: Publisher,
    work: WorkSignal,
    stop_source: &CancellationToken,
) -> anyhow::Result<()> {
    // The emulator has to outlive the lookups that finish during shutdown.
    let source = metadata::connect(settings, stop_source.clone())?;
    tracing::info!(source = source.name(), jobs = settings.worker_jobs, concurrency = settings.worker_concurrency, "working on jobs");
    let worker = Arc::new(Worker {
        store: Arc::clone(store),
        source,
        publisher,
        bus: Arc::clone(bus),
        work,
        settings: WorkerSettings {
            jobs: settings.worker_jobs,
            concurrency: settings.worker_concurrency,
            per_user: settings.max_running_jobs_per_user,
            lease: settings.lease(),
            history: settings.history(),
        },
        outage_log: OutageLog::default(),
    });
    let shutdown = tasks.shutdown();
    tasks.spawn("worker", async move {
        worker.run(shutdown).await;
        Ok(())
    });
    Ok(())
}

fn start_web(tasks: &mut Supervisor, state: AppState, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let instance = Instance {
        version: ws::VERSION.into(),
        demo: state.settings.metadata == MetadataMode::Demo,
        registration_open: state.settings.registration != Registration::Closed,
    };
    let url = match (&state.settings.public_url, listener.local_addr()) {
        (Some(url), _) => url.to_string(),
        (None, address) => format!("http://{}", address.context("the listener has no address")?),
    };
    if state.settings.rate_limits == Switch::Off {
        tracing::warn!("RATE_LIMITS is off, so passwords can be guessed without limit; use this for load tests only");
    }
    tracing::info!("open {url}");
    let max_connections = listener::raise_file_limit(state.settings.max_connections as usize);
    let router = router::router(state, instance);
    tasks.spawn("web", async move {
        listener::serve(listener, router, max_connections, shutdown).await;
        Ok(())
    });
    Ok(())
}

/// The key that signs access tokens: the setting, else the key that all processes on this database share.
async fn secret(settings: &Settings, store: &dyn Store) -> anyhow::Result<Vec<u8>> {
    if let Some(secret) = &settings.jwt_secret {
        return Ok(secret.expose_secret().as_bytes().to_vec());
    }
    let mut candidate = [0; 32];
    getrandom::fill(&mut candidate).map_err(|error| anyhow::anyhow!("the operating system has no random numbers: {error}"))?;
    if settings.database_url.is_some() {
        return Ok(store.instance_secret(&candidate).await?);
    }
    store::load_or_create_secret(&settings.data_dir, &candidate)
}
