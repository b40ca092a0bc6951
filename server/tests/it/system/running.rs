//! Starts and stops systems.

use std::time::Duration;

use secrecy::ExposeSecret;
use server::{
    config::{MetadataMode, Settings, Switch},
    internals::startup::{self, Roles},
};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::support::{database::Database, person::Person, wait_until};

pub(super) struct System {
    /// The URL of the web role.
    pub(super) base: String,
    settings: Settings,
    several: bool,
    processes: Vec<(CancellationToken, JoinHandle<anyhow::Result<()>>)>,
    database: Database,
}

impl System {
    /// A `serve` on SQLite.
    pub(super) async fn embedded() -> Self {
        Self::start(Database::sqlite().await, None).await
    }

    /// A `web` and a `worker` on PostgreSQL and Redis.
    pub(super) async fn cluster() -> Self {
        Self::start(Database::postgres().await, Some(crate::bus::shared_redis())).await
    }

    async fn start(database: Database, redis: Option<String>) -> Self {
        let several = redis.is_some();
        let settings = Settings {
            redis_url: redis.map(Into::into),
            metadata: MetadataMode::Demo,
            demo_speed: 20.0,
            rate_limits: Switch::Off,
            ..database.settings.clone()
        };
        let mut system = Self { base: String::new(), settings, several, processes: Vec::new(), database };
        system.run().await;
        system
    }

    pub(super) async fn run(&mut self) {
        let roles = match self.several {
            true => vec![Roles { web: true, worker: false }, Roles { web: false, worker: true }],
            false => vec![Roles { web: true, worker: true }],
        };
        for roles in roles {
            startup::validate_settings(&self.settings, roles).unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            if roles.web {
                self.base = format!("http://{}", listener.local_addr().unwrap());
            }
            let shutdown = CancellationToken::new();
            let process = tokio::spawn(startup::run(self.settings.clone(), roles, Some(listener), shutdown.clone()));
            self.processes.push((shutdown, process));
        }
    }

    /// Stops the processes as SIGTERM does, and asserts that they end without an error.
    pub(super) async fn stop(&mut self) {
        for (shutdown, _) in &self.processes {
            shutdown.cancel();
        }
        for (_, process) in self.processes.drain(..) {
            timeout(Duration::from_secs(10), process).await.expect("it ends within ten seconds").unwrap().unwrap();
        }
    }

    /// From the next start on: see DEMO_SPEED.
    pub(super) fn set_speed(&mut self, speed: f64) {
        self.settings.demo_speed = speed;
    }

    /// From the next start on: see YOUTUBE_API_KEY. The emulator refuses a key that is the name of one of Google's reasons.
    pub(super) fn set_key(&mut self, key: &str) {
        self.settings.youtube_api_key = Some(key.into());
    }

    pub(super) fn redis(&self) -> Option<&str> {
        self.settings.redis_url.as_ref().map(|url| url.expose_secret())
    }

    /// From the next start on: see WORKER_JOBS.
    pub(super) fn set_jobs(&mut self, jobs: u32) {
        self.settings.worker_jobs = jobs;
    }

    /// Changes the database directly, to simulate the passing of days.
    pub(super) async fn execute(&self, sql: &str) {
        self.database.execute(sql).await;
    }

    /// A duration in the SQL dialect.
    pub(super) fn seconds(&self, seconds: u32) -> String {
        self.database.seconds(seconds)
    }

    pub(super) async fn number(&self, sql: &str) -> i64 {
        self.database.number(sql).await
    }

    /// Waits until that number is this one.
    pub(super) async fn wait_for_number(&self, sql: &str, number: i64) {
        wait_until(&format!("{sql} is {number}"), async || self.number(sql).await == number).await;
    }

    pub(super) async fn sign_up(&self) -> Person {
        Person::sign_up(&self.base).await
    }
}

impl Drop for System {
    fn drop(&mut self) {
        for (shutdown, _) in &self.processes {
            shutdown.cancel();
        }
    }
}
