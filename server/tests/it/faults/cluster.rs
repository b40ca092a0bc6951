//! The processes of one test with their database, bus and settings, and the check of everything at the end.

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::{
    checker::{self, Observations},
    node::Node,
    recorder::Recorder,
};
use crate::{
    bus::shared_redis,
    support::{database::Database, wait_until},
};

/// How many sessions wait for a lock that another session of this database holds.
pub(crate) const COUNT_LOCK_WAITERS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";

/// The system under test; its processes are [`Node`]s.
pub(crate) struct Cluster {
    pub(crate) database: Database,
    settings: Vec<(String, String)>,
}

impl Cluster {
    /// On the PostgreSQL and Redis that all tests share; only connections to them can be broken.
    pub(crate) async fn shared() -> Self {
        Self::on(Database::postgres().await, Some(shared_redis()))
    }

    /// On SQLite, for one `serve`.
    pub(crate) async fn embedded() -> Self {
        Self::on(Database::sqlite().await, None)
    }

    pub(crate) fn on(database: Database, redis: Option<String>) -> Self {
        let home = match &database.settings.database_url {
            Some(url) => ("DATABASE_URL", url.expose_secret().to_owned()),
            None => ("DATA_DIR", database.settings.data_dir.display().to_string()),
        };
        let path = std::env::var("PATH").unwrap_or_default();
        let settings = [
            home,
            ("PATH", path),
            ("BIND_ADDR", "127.0.0.1:0".into()),
            ("METADATA", "demo".into()),
            ("DEMO_SPEED", "20".into()),
            ("LEASE_SECONDS", "2".into()),
            ("RATE_LIMITS", "off".into()),
            ("DATABASE_CONNECTIONS", "8".into()),
        ];
        let settings = settings.into_iter().chain(redis.map(|url| ("REDIS_URL", url)));
        Self { database, settings: settings.map(|(name, value)| (name.to_owned(), value)).collect() }
    }

    /// Changes a setting of the processes that are started from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(other, _)| other != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Starts a process with these settings in addition to the common ones.
    pub(crate) async fn node(&self, command: &'static str, settings: &[(&str, &str)]) -> Node {
        let mut all = self.settings.clone();
        all.retain(|(name, _)| settings.iter().all(|(other, _)| other != name));
        all.extend(settings.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        Node::start(command, all).await
    }

    /// One number from the database.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.database.number(sql).await
    }

    /// Runs statements directly on the database.
    pub(crate) async fn script(&self, sql: &str) {
        self.database.script(sql).await;
    }

    pub(crate) async fn observations(&self, recorders: &[&Recorder]) -> Observations {
        let dismissed = self.database.ids("SELECT id FROM processing_jobs WHERE dismissed_at IS NOT NULL").await;
        checker::collect(&*self.database.store, recorders, &dismissed).await
    }

    /// A transaction on PostgreSQL that locks the table of lists, so that everybody who reads it must wait.
    pub(crate) async fn lock_lists_table(&self) -> PgConnection {
        self.hold("LOCK TABLE lists IN ACCESS EXCLUSIVE MODE").await
    }

    /// A transaction that locks a list, as an import into it does.
    pub(crate) async fn lock_list(&self, list: Uuid) -> PgConnection {
        self.hold(&format!("SELECT FROM lists WHERE id = '{list}' FOR UPDATE")).await
    }

    /// A transaction on PostgreSQL that holds this lock.
    pub(crate) async fn hold(&self, lock: &str) -> PgConnection {
        let url = self.database.settings.database_url.as_ref().expect("it is PostgreSQL").expose_secret();
        let mut holder = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {lock}"))).execute(&mut holder).await.unwrap();
        holder
    }

    /// Waits until all jobs have ended, however long that takes. Panics if they make no progress.
    pub(crate) async fn wait_for_all_jobs(&self) {
        let active_jobs = async || self.number("SELECT count(*) FROM processing_jobs WHERE ended_at IS NULL").await;
        let seq_sum = async || self.number("SELECT CAST(sum(seq) AS BIGINT) FROM processing_jobs").await;
        while active_jobs().await > 0 {
            let before = seq_sum().await;
            wait_until("the remaining jobs make progress", async || active_jobs().await == 0 || seq_sum().await != before).await;
        }
    }

    /// Waits until every client has received the end of its jobs, then checks that nothing was lost, repeated or mixed up.
    pub(crate) async fn check(&self, recorders: &[&Recorder]) -> Observations {
        let observations = self.observations(recorders).await;
        for recorder in recorders {
            for job in observations.shown_to(recorder.user()) {
                recorder.wait_for_end(job).await;
            }
        }
        let observations = self.observations(recorders).await;
        observations.assert_sound();
        observations
    }
}
