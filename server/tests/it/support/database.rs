//! New databases: each test has its own, which is deleted at the end.

use std::sync::Arc;

use secrecy::ExposeSecret;
use server::{
    config::Settings,
    internals::store::{self, Store},
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row, SqlSafeStr, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use uuid::Uuid;

/// A new, migrated database and its store; deleted when dropped.
pub(crate) struct Database {
    /// The store under test.
    pub(crate) store: Arc<dyn Store>,
    /// Settings that open the same database again.
    pub(crate) settings: Settings,
    storage: Storage,
}

/// What is deleted with it.
enum Storage {
    Folder { _folder: TempDir },
    Postgres { server: String, name: String },
}

impl Database {
    /// A PostgreSQL database on the server that TEST_DATABASE_URL names.
    pub(crate) async fn postgres() -> Self {
        let server = std::env::var("TEST_DATABASE_URL")
            .expect("TEST_DATABASE_URL is not set. Run the tests with script/test, which starts a PostgreSQL for them");
        Self::postgres_on(server).await
    }

    /// A new database on this server.
    pub(crate) async fn postgres_on(server: String) -> Self {
        let name = format!("playmarks_test_{}", Uuid::new_v4().simple());
        on_server(&server, format!("CREATE DATABASE {name}")).await.expect("the user may create databases");
        Self::existing_on(server, name).await
    }

    /// A database that is there already; it is deleted, too.
    pub(crate) async fn existing_on(server: String, name: String) -> Self {
        let mut url: url::Url = server.parse().unwrap();
        url.set_path(&name);
        let mut settings = Settings::defaults();
        settings.database_url = Some(url.as_str().into());
        Self { store: store::open(&settings).await.unwrap(), settings, storage: Storage::Postgres { server, name } }
    }

    /// A SQLite database in a temporary folder.
    pub(crate) async fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let mut settings = Settings::defaults();
        settings.database_url = None;
        settings.data_dir = folder.path().join("data");
        Self { store: store::open(&settings).await.unwrap(), settings, storage: Storage::Folder { _folder: folder } }
    }

    /// Its name on the PostgreSQL server.
    pub(crate) fn name(&self) -> &str {
        match &self.storage {
            Storage::Postgres { name, .. } => name,
            Storage::Folder { .. } => panic!("a file has none"),
        }
    }

    /// Runs a statement directly on the database: to simulate days, or to look at rows. It must be valid in both dialects.
    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.settings.database_url {
            Some(url) => sqlx::query(sql).execute(&mut PgConnection::connect(url.expose_secret()).await.unwrap()).await.unwrap().rows_affected(),
            None => sqlx::query(sql).execute(&mut self.sqlite_file().await).await.unwrap().rows_affected(),
        }
    }

    /// Runs several statements at once, without parameters, on PostgreSQL.
    pub(crate) async fn script(&self, sql: &str) {
        let url = self.settings.database_url.as_ref().expect("a PostgreSQL");
        let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    }

    /// Lets everybody read, but makes all changes of lists, jobs and sessions wait until this is dropped.
    pub(crate) async fn hold_writes(&self) -> Box<dyn Send> {
        match &self.settings.database_url {
            Some(url) => {
                let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
                connection.execute("BEGIN; LOCK TABLE lists, processing_jobs, sessions IN EXCLUSIVE MODE").await.unwrap();
                Box::new(connection)
            }
            None => {
                let mut connection = self.sqlite_file().await;
                connection.execute("BEGIN IMMEDIATE").await.unwrap();
                Box::new(connection)
            }
        }
    }

    /// Runs a statement that returns ids.
    pub(crate) async fn ids(&self, sql: &str) -> Vec<Uuid> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.settings.database_url {
            Some(url) => sqlx::query_scalar(sql).fetch_all(&mut PgConnection::connect(url.expose_secret()).await.unwrap()).await.unwrap(),
            None => sqlx::query_scalar(sql).fetch_all(&mut self.sqlite_file().await).await.unwrap(),
        }
    }

    /// Runs a statement that returns one number.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.settings.database_url {
            Some(url) => sqlx::query_scalar(sql).fetch_one(&mut PgConnection::connect(url.expose_secret()).await.unwrap()).await.unwrap(),
            None => sqlx::query_scalar(sql).fetch_one(&mut self.sqlite_file().await).await.unwrap(),
        }
    }

    /// Checks a statement against the tables.
    pub(crate) async fn prepare(&self, sql: &str) -> sqlx::Result<()> {
        match &self.settings.database_url {
            Some(url) => PgConnection::connect(url.expose_secret()).await?.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await.map(drop),
            // sqlx's `prepare` for SQLite checks only the syntax.
            None => sqlx::query(AssertSqlSafe(format!("EXPLAIN {sql}"))).execute(&mut self.sqlite_file().await).await.map(drop),
        }
    }

    /// The database's plan for a statement, as text.
    pub(crate) async fn plan(&self, sql: &str) -> String {
        match &self.settings.database_url {
            Some(url) => {
                let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
                let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {sql}"))).fetch_all(&mut connection).await.unwrap();
                lines.join("\n")
            }
            None => {
                let rows: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(&mut self.sqlite_file().await).await.unwrap();
                rows.into_iter().map(|row| row.3).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// The plan of a statement with parameters that is reused for all their values. `values` are literals; SQLite needs none.
    pub(crate) async fn prepared_plan(&self, sql: &str, values: &str) -> String {
        self.prepared_plan_after(&[], sql, values).await
    }

    /// The same in a session that has run these statements before.
    pub(crate) async fn prepared_plan_after(&self, before: &[&str], sql: &str, values: &str) -> String {
        let Some(url) = &self.settings.database_url else { return self.plan(sql).await };
        let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
        // As in the store's sessions, which prefer any index, however few rows there are.
        let prepare = format!("PREPARE looked_at AS {sql}");
        for step in before.iter().chain(&["SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", &prepare]) {
            sqlx::raw_sql(AssertSqlSafe((*step).to_owned())).execute(&mut connection).await.unwrap();
        }
        let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE looked_at ({values})"));
        let rows = sqlx::raw_sql(explain).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
    }

    /// All rows of all tables, for comparison.
    pub(crate) async fn dump(&self) -> Vec<String> {
        let mut rows = Vec::new();
        match &self.settings.database_url {
            Some(url) => {
                let mut connection = PgConnection::connect(url.expose_secret()).await.unwrap();
                let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
                for table in sqlx::query_scalar::<_, String>(tables).fetch_all(&mut connection).await.unwrap() {
                    let sql = AssertSqlSafe(format!("SELECT '{table} ' || t::text FROM {table} t ORDER BY 1"));
                    rows.extend(sqlx::query_scalar::<_, String>(sql).fetch_all(&mut connection).await.unwrap());
                }
            }
            None => {
                let mut connection = self.sqlite_file().await;
                let columns = "SELECT m.name, group_concat('quote(' || c.name || ')', ' || '','' || ') FROM sqlite_master m, pragma_table_info(m.name) c \
                               WHERE m.type = 'table' GROUP BY m.name ORDER BY 1";
                for (table, columns) in sqlx::query_as::<_, (String, String)>(columns).fetch_all(&mut connection).await.unwrap() {
                    let sql = AssertSqlSafe(format!("SELECT '{table} ' || {columns} FROM {table} ORDER BY 1"));
                    rows.extend(sqlx::query_scalar::<_, String>(sql).fetch_all(&mut connection).await.unwrap());
                }
            }
        }
        rows
    }

    /// A duration in the SQL dialect.
    pub(crate) fn seconds(&self, seconds: u32) -> String {
        if self.settings.database_url.is_some() { format!("interval '{seconds} seconds'") } else { format!("{seconds}000000") }
    }

    /// An id as a literal of the SQL dialect.
    pub(crate) fn id(&self, id: Uuid) -> String {
        if self.settings.database_url.is_some() { format!("'{id}'::uuid") } else { format!("x'{}'", id.simple()) }
    }

    async fn sqlite_file(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.settings.data_dir.join("playmarks.db")).foreign_keys(true).connect().await.unwrap()
    }
}

async fn on_server(server: &str, sql: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    connection.close().await
}

#[expect(clippy::print_stderr, reason = "a destructor has nobody else to tell")]
impl Drop for Storage {
    fn drop(&mut self) {
        let Self::Postgres { server, name } = self else { return };
        let (server, sql) = (server.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // In a thread, because a destructor cannot wait inside the test's runtime.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(on_server(&server, sql))
        });
        if let Ok(Err(error)) = dropped.join() {
            eprintln!("{name} could not be dropped: {error}");
        }
    }
}
