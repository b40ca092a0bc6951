//! Opening the database that the settings name, and the lock on the data folder.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, bail};
use secrecy::ExposeSecret;

use super::{Store, connection_budget::ConnectionBudget, postgres, sqlite};
use crate::config::Settings;

/// Held by `serve` and `migrate` on SQLite for as long as they run. The operating system frees it at any death.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

/// One database, as each part of a process reaches it: on PostgreSQL over connections of its own.
pub(crate) struct Stores {
    /// For requests.
    pub requests: Arc<dyn Store>,
    /// For the worker and the repair of what the bus lost.
    pub background: Arc<dyn Store>,
    /// For the question whether it is there.
    pub health: Arc<dyn Store>,
    /// How many imports may be stored at once.
    pub imports: usize,
}

impl Stores {
    /// Lets go of the database: see [`Store::close`].
    pub(crate) async fn close(&self) {
        for store in [&self.requests, &self.background, &self.health] {
            store.close().await;
        }
    }
}

/// Opens the database for a process with these roles, and brings it to this version.
///
/// # Errors
/// The address is not one of a database that is supported, it cannot be reached or written, or a newer version has used it.
pub(crate) async fn open_for(settings: &Settings, web: bool, worker: bool) -> anyhow::Result<Stores> {
    let Some(url) = &settings.database_url else {
        let store = open_sqlite(settings).await?;
        // It has one writer.
        return Ok(Stores { background: Arc::clone(&store), health: Arc::clone(&store), requests: store, imports: 1 });
    };
    let budget = ConnectionBudget::split(settings.database_connections, web, worker);
    let requests = Arc::new(open_postgres(url.expose_secret(), budget.requests).await?.with_locking(budget.locking));
    let apart = |connections| -> Arc<dyn Store> {
        if connections == 0 { Arc::clone(&requests) as Arc<dyn Store> } else { Arc::new(requests.apart(connections)) }
    };
    Ok(Stores { background: apart(budget.background), health: apart(budget.health), imports: budget.imports(), requests })
}

/// The same for who does one thing after the other.
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
        .context("PostgreSQL cannot be reached. Check DATABASE_URL, and that the server runs and lets this user in")?;
    database.migrate().await.context("the tables in PostgreSQL could not be brought to this version")?;
    Ok(database)
}

/// Brings the database to this version.
///
/// # Errors
/// As [`open`].
pub async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    open(settings).await?.close().await;
    Ok(())
}

/// Makes this process the only one that serves from this folder, which is created where it is missing.
///
/// # Errors
/// Another process holds the lock, or the folder cannot be written.
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
    let told = || format!("the embedded database {} cannot be used", path.display());
    // Created before SQLite opens it, because SQLite would let others read it; its -wal and -shm files take the mode from it. Never
    // opened here once SQLite has it: closing any handle on the file would free this process' locks on it.
    if !path.exists() {
        private_file(&path).with_context(told)?;
    }
    let database = sqlite::Database::connect(&path, settings.database_connections).await.with_context(told)?;
    database.migrate().await.with_context(told)?;
    Ok(Arc::new(database))
}

fn create_dir(path: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("DATA_DIR {} cannot be created", path.display()))
}

/// Opens a file for writing; one that is new can be read by its owner alone.
pub(super) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
