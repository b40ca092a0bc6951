//! Wires the parts together, runs them under one supervisor, and takes them down in order.

mod connection;
mod files;
mod listener;
mod refusals;
mod supervisor;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use app::backend::Instance;
use secrecy::ExposeSecret;
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::supervisor::Supervisor;
use crate::{
    auth::Auth,
    bus::{Bus, local::LocalBus, publisher::Publisher, redis::RedisBus},
    config::{Command, MetadataMode, Registration, Settings, Switch},
    hub::{Hub, WorkSignal},
    metadata, router,
    state::AppState,
    store::{self, Store, Stores},
    telemetry,
    worker::{Worker, WorkerSettings},
    ws,
};

pub use self::refusals::refuse_what_cannot_work;

/// How long the parts may take to end, of the ten seconds that the process has.
const MOST_ENDING: Duration = Duration::from_millis(4_500);
/// And sockets after that, whose clients get two seconds to answer the close.
const MOST_CLOSING: Duration = Duration::from_millis(2_500);
/// And the database after those.
const MOST_CLOSING_STORE: Duration = Duration::from_secs(2);

/// What one process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Serves pages, REST and WebSockets.
    pub web: bool,
    /// Works on jobs.
    pub worker: bool,
}

impl Roles {
    /// The roles of a command; `None` for those that do not stay.
    pub fn of(command: &Command) -> Option<Self> {
        match command {
            Command::Serve => Some(Self { web: true, worker: true }),
            Command::Web => Some(Self { web: true, worker: false }),
            Command::Worker => Some(Self { web: false, worker: true }),
            Command::Migrate | Command::User { .. } | Command::Import(_) => None,
        }
    }
}

/// Runs until `shutdown` is cancelled, or a part that everything depends on has died. `listener` is for the web role.
///
/// # Errors
/// Something cannot be started, or died.
pub async fn run(settings: Settings, roles: Roles, listener: Option<TcpListener>, shutdown: CancellationToken) -> anyhow::Result<()> {
    #[cfg(debug_assertions)]
    if let Some(stop) = settings.stop_at {
        crate::stop_points::arm(stop);
    }
    let settings = Arc::new(settings);
    // Only for as long as this runs; a process on SQLite is the only one that works on it.
    let _instance_lock = store::acquire_instance_lock(&settings).await?;
    let stores = store::open_for(&settings, roles.web, roles.worker).await?;
    let ended = run_parts(&settings, &stores, roles, listener, shutdown).await;
    if tokio::time::timeout(MOST_CLOSING_STORE, stores.close()).await.is_err() {
        tracing::warn!("the database was not let go in time; it has everything that was answered");
    }
    tracing::info!("stopped");
    ended
}

async fn run_parts(
    settings: &Arc<Settings>,
    stores: &Stores,
    roles: Roles,
    listener: Option<TcpListener>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    if settings.database_url.is_none() {
        // Whoever held them is dead: this process has the folder's lock.
        stores.background.void_leases().await.context("the database cannot be written")?;
    }

    // What ends last: the parts take in work, the publisher tells of it, the bus carries that.
    let mut parts = Supervisor::new(shutdown.clone());
    let (end_publisher, end_bus) = (CancellationToken::new(), CancellationToken::new());
    let _guards = (end_publisher.clone().drop_guard(), end_bus.clone().drop_guard());
    let bus = start_bus(&mut parts, settings, &end_bus).await?;
    let (publisher, publishing) = Publisher::spawn(Arc::clone(&bus), end_publisher.clone());
    let work = WorkSignal::default();
    let hub = Hub::new(Arc::clone(&bus), settings.max_sockets_per_user, work.clone());
    let sockets = TaskTracker::new();

    parts.spawn("hub", {
        let (hub, shutdown) = (Arc::clone(&hub), shutdown.clone());
        async move { hub.run(shutdown).await.map_err(Into::into) }
    });
    parts.spawn("repair", {
        let (hub, store, shutdown) = (Arc::clone(&hub), Arc::clone(&stores.background), shutdown.clone());
        async move {
            hub.repair(store, shutdown).await;
            Ok(())
        }
    });
    if let Some(address) = settings.metrics_addr {
        parts.spawn("metrics", telemetry::serve_metrics(address, shutdown.clone()));
    }
    if roles.worker {
        start_worker(&mut parts, settings, &stores.background, &bus, publisher.clone(), work, &end_bus)?;
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
            imports: Arc::new(Semaphore::new(stores.imports)),
            sockets: sockets.clone(),
        };
        start_web(&mut parts, state, listener, shutdown)?;
    }

    let ended = parts.run(MOST_ENDING).await;
    sockets.close();
    if tokio::time::timeout(MOST_CLOSING, sockets.wait()).await.is_err() {
        tracing::warn!(open = sockets.len(), "sockets that did not close in time were cut");
    }
    end_publisher.cancel();
    let _ = publishing.await;
    end_bus.cancel();
    ended
}

async fn start_bus(parts: &mut Supervisor, settings: &Settings, until: &CancellationToken) -> anyhow::Result<Arc<dyn Bus>> {
    let Some(url) = &settings.redis_url else { return Ok(Arc::new(LocalBus::new())) };
    let (bus, supervisor) = RedisBus::start(url.expose_secret(), until.clone())
        .await
        .map_err(|error| anyhow::anyhow!("REDIS_URL cannot be read ({}). It looks like redis://user:password@host:6379/.", error.category()))?;
    if !bus.is_up() {
        tracing::warn!("Redis cannot be reached yet; jobs go on, live updates begin when it is there");
    }
    let shutdown = parts.shutdown();
    parts.spawn("bus", async move {
        // It is to outlive the parts, so its end counts only before theirs.
        match shutdown.run_until_cancelled(supervisor).await {
            Some(ended) => ended.map_err(Into::into),
            None => Ok(()),
        }
    });
    Ok(Arc::new(bus))
}

fn start_worker(
    parts: &mut Supervisor,
    settings: &Settings,
    store: &Arc<dyn Store>,
    bus: &Arc<dyn Bus>,
    publisher: Publisher,
    work: WorkSignal,
    until: &CancellationToken,
) -> anyhow::Result<()> {
    // The emulator outlives the look-ups that are finished at the end.
    let source = metadata::connect(settings, until.clone())?;
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
    });
    let shutdown = parts.shutdown();
    parts.spawn("worker", async move {
        worker.run(shutdown).await;
        Ok(())
    });
    Ok(())
}

fn start_web(parts: &mut Supervisor, state: AppState, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
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
        tracing::warn!("RATE_LIMITS is off: passwords can be guessed without end. This is for load tests");
    }
    tracing::info!("open {url}");
    let most = files::make_room(state.settings.max_connections as usize);
    let router = router::router(state, instance);
    parts.spawn("web", async move {
        listener::serve(listener, router, most, shutdown).await;
        Ok(())
    });
    Ok(())
}

/// What signs access tokens: as set, else the one that all processes on this database share.
async fn secret(settings: &Settings, store: &dyn Store) -> anyhow::Result<Vec<u8>> {
    if let Some(secret) = &settings.jwt_secret {
        return Ok(secret.expose_secret().as_bytes().to_vec());
    }
    let mut candidate = [0; 32];
    getrandom::fill(&mut candidate).map_err(|error| anyhow::anyhow!("no random numbers can be had: {error}"))?;
    if settings.database_url.is_some() {
        return Ok(store.instance_secret(&candidate).await?);
    }
    store::load_or_create_secret(&settings.data_dir, &candidate)
}
