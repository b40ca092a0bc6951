//! What the processes of one test share: a database of their own, a bus, settings; and the look at everything at the end.

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::{
    checker::{self, Evidence},
    node::Node,
    recorder::Recorder,
};
use crate::{bus::shared_redis, support::database::Database};

/// How many sessions wait for a lock that another one of this database holds.
pub(crate) const WAITING: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";

/// The system under test; its processes are [`Node`]s.
pub(crate) struct Cluster {
    /// What is true.
    pub(crate) database: Database,
    settings: Vec<(String, String)>,
}

impl Cluster {
    /// On the PostgreSQL and the Redis that tests share: what is broken are the connections to them.
    pub(crate) async fn shared() -> Self {
        Self::on(Database::postgres().await, Some(shared_redis()))
    }

    /// For one `serve` on SQLite.
    pub(crate) async fn embedded() -> Self {
        Self::on(Database::sqlite().await, None)
    }

    /// On this database, and this Redis if any.
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

    /// A process with these settings besides those of all.
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

    /// Statements past the system, to look over its shoulder.
    pub(crate) async fn script(&self, sql: &str) {
        self.database.script(sql).await;
    }

    /// Everything these clients received, and what the database holds of their jobs.
    pub(crate) async fn evidence(&self, recorders: &[&Recorder]) -> Evidence {
        let dismissed = self.database.ids("SELECT id FROM processing_jobs WHERE dismissed_at IS NOT NULL").await;
        checker::gather(&*self.database.store, recorders, &dismissed).await
    }

    /// A transaction that makes everybody else wait who asks for lists, until it ends; on PostgreSQL.
    pub(crate) async fn hold_lists(&self) -> PgConnection {
        self.hold("LOCK TABLE lists IN ACCESS EXCLUSIVE MODE").await
    }

    /// One that locks a list, as an import into it does.
    pub(crate) async fn hold_list(&self, list: Uuid) -> PgConnection {
        self.hold(&format!("SELECT FROM lists WHERE id = '{list}' FOR UPDATE")).await
    }

    async fn hold(&self, lock: &str) -> PgConnection {
        let url = self.database.settings.database_url.as_ref().expect("it is PostgreSQL").expose_secret();
        let mut holder = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {lock}"))).execute(&mut holder).await.unwrap();
        holder
    }

    /// Waits until no job is left, for as long as somebody gets on with them.
    pub(crate) async fn all_ended(&self) {
        let (mut before, mut patience) = (-1, 0);
        while self.number("SELECT count(*) FROM processing_jobs WHERE ended_at IS NULL").await > 0 {
            let now = self.number("SELECT CAST(sum(seq) AS BIGINT) FROM processing_jobs").await;
            patience = if now == before { patience + 1 } else { 0 };
            assert!(patience < 300, "nobody gets on with the jobs that are left");
            before = now;
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    /// Waits until every client knows how its jobs ended, then says that nothing was lost, repeated or mixed up.
    pub(crate) async fn check(&self, recorders: &[&Recorder]) -> Evidence {
        let evidence = self.evidence(recorders).await;
        for recorder in recorders {
            for job in evidence.shown_to(recorder.user()) {
                recorder.ended(job).await;
            }
        }
        let evidence = self.evidence(recorders).await;
        evidence.assert_sound();
        evidence
    }
}
