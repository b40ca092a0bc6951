//! Opens the database from the settings, and locks the data folder.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, bail};
use secrecy::ExposeSecret;

use super::{Store, connection_budget::ConnectionBudget, postgres, sqlite};
use crate::config::Settings;

/// Held by `serve` and `migrate` on SQLite while they run. The operating system releases it however the process ends.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

/// One database, with separate connections for each part of a process (on PostgreSQL).
pub(crate) struct Stores {
    /// For requests.
    pub requests: Arc<dyn Store>,
    /// For the worker and the repair of lost updates.
    pub background: Arc<dyn Store>,
    /// For health checks.
    pub health: Arc<dyn Store>,
    /// Maximum number of concurrent imports.
    pub imports: usize,
}

impl Stores {
    /// Closes the database: see [`super::Housekeeping::close`].
    pub(crate) async fn close(&self) {
        for store in [&self.requests, &self.background, &self.health] {
            store.close().await;
        }
    }
}

/// Opens the database for a process with these roles, and migrates it.
///
/// # Errors
/// The URL is not that of a supported database, the database is unreachable or not writable, or a newer version has migrated it.
pub(crate) async fn open_for(settings: &Settings, web: bool, worker: bool) -> anyhow::Result<Stores> {
    let Some(url) = &settings.database_url else {
        let store = open_sqlite(settings).await?;
        // SQLite has only one writer.
        return Ok(Stores { background: Arc::clone(&store), health: Arc::clone(&store), requests: store, imports: 1 });
    };
    let budget = ConnectionBudget::split(settings.database_connections, web, worker);
    let requests = Arc::new(open_postgres(url.expose_secret(), budget.requests).await?.with_locking(budget.locking));
    let with_own_pool = |connections| -> Arc<dyn Store> {
        if connections == 0 { Arc::clone(&requests) as Arc<dyn Store> } else { Arc::new(requests.with_own_pool(connections)) }
    };
    Ok(Stores { background: with_own_pool(budget.background), health: with_own_pool(budget.health), imports: budget.imports(), requests })
}

/// Opens the database with one set of connections, for commands and tests.
///
/// # Errors
/// As [`open_for`].
pub async fn open(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    match &settings.database_url {
        None => open_sqlite(settings).await,
        Some(url) => Ok(Arc::new(open_postgres(url.expose_secret(), settings.database_connections).await?)),
    }
}

async fn open_postgres(url: &str, connections: u32) -> anyhow::Result<postgres::Database> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        bail!("DATABASE_URL must begin with postgres:// or postgresql://. Leave it out to use the embedded SQLite database in DATA_DIR.");
    }
    let database = postgres::Database::connect(url, connections)
        .await
        .context("PostgreSQL cannot be reached. Check DATABASE_URL, and that the server is running and accepts this user")?;
    database.migrate().await.context("the tables in PostgreSQL could not be migrated")?;
    Ok(database)
}

/// Migrates the database to the version of this binary.
///
/// # Errors
/// As [`open`].
pub async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    open(settings).await?.close().await;
    Ok(())
}

/// Locks the data folder, so that no other process serves from it. Creates the folder if it does not exist.
///
/// # Errors
/// Another process holds the lock, or the folder is not writable.
pub fn lock_data_dir(data_dir: &Path) -> anyhow::Result<DataDirLock> {
    create_dir(data_dir)?;
    let path = data_dir.join("playmarks.lock");
    let file = private_file(&path)
        .with_context(|| format!("DATA_DIR {} cannot be written. Make it writable, or set DATA_DIR to a folder that is", data_dir.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(DataDirLock { _file: file }),
        Err(TryLockError::WouldBlock) => {
            bail!("another Playmarks is using this folder ({}). Stop it first, or set DATA_DIR to a folder of its own.", data_dir.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("{} cannot be locked", path.display())),
    }
}

async fn open_sqlite(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    create_dir(&settings.data_dir)?;
    let path = settings.data_dir.join("playmarks.db");
    let context = || format!("the embedded database {} cannot be used", path.display());
    // Created before SQLite opens it, because SQLite would make it readable by others; its -wal and -shm files get the same mode. Not
    // opened here once SQLite has it open: closing any handle on the file would release this process's locks on it.
    if !path.exists() {
        private_file(&path).with_context(context)?;
    }
    let database = sqlite::Database::connect(&path, settings.database_connections).await.with_context(context)?;
    database.migrate().await.with_context(context)?;
    Ok(Arc::new(database))
}

fn create_dir(path: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("DATA_DIR {} cannot be created", path.display()))
}

/// Opens a file for writing. A new file is readable only by its owner.
pub(super) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
