//! The instance lock, for databases that allow only one process: the lock on the folder for SQLite, an advisory lock for PostgreSQL without
//! Redis, where another process would not receive this one's updates. Also the secret stored beside SQLite's file.

use std::{path::Path, time::Duration};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    open::{DataDirLock, lock_data_dir, private_file},
    postgres::Servers,
};
use crate::config::Settings;

/// The key of the advisory lock: "playmark" in ASCII.
const LOCK: i64 = 0x706c_6179_6d61_726b;
/// How often the connection that holds the lock is checked: PostgreSQL releases the lock when it restarts.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Held while the process runs.
#[derive(Debug)]
pub(crate) enum InstanceLock {
    /// SQLite: the folder is locked.
    Folder { _lock: DataDirLock },
    /// PostgreSQL without Redis: a task holds the lock.
    Database(JoinHandle<()>),
    /// PostgreSQL with Redis: any number of processes may run.
    NotNeeded,
}

impl Drop for InstanceLock {
    fn drop(&mut self) {
        if let Self::Database(task) = self {
            task.abort();
        }
    }
}

/// Acquires the lock if the settings allow only one process.
///
/// # Errors
/// Another process holds it, or the database or folder is not accessible.
pub(crate) async fn acquire_instance_lock(settings: &Settings) -> anyhow::Result<InstanceLock> {
    let Some(url) = &settings.database_url else { return Ok(InstanceLock::Folder { _lock: lock_data_dir(&settings.data_dir)? }) };
    if settings.redis_url.is_some() {
        return Ok(InstanceLock::NotNeeded);
    }
    let url = url.expose_secret().to_owned();
    let Some(connection) = lock(&url).await.context("PostgreSQL cannot be reached. Check DATABASE_URL, and that the server is running")? else {
        bail!(
            "another Playmarks is using this database. Several need Redis to hear of each other: set REDIS_URL for all of them, or stop the other one."
        );
    };
    Ok(InstanceLock::Database(tokio::spawn(hold(connection, url))))
}

/// Returns a connection whose open transaction holds the lock; `None` if another process holds it. The lock belongs to a transaction
/// because a session's lock would be lost behind a pooler that assigns connections per transaction. The idle transaction does not hold back
/// rows or vacuum.
async fn lock(url: &str) -> Result<Option<PgConnection>, sqlx::Error> {
    let (_, mut connection) = Servers::parse(url, |options| options.options([("idle_in_transaction_session_timeout", "0")]))?.connect().await?;
    sqlx::query("BEGIN").execute(&mut connection).await?;
    let free: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)").bind(LOCK).fetch_one(&mut connection).await?;
    Ok(free.then_some(connection))
}

async fn hold(mut connection: PgConnection, url: String) {
    loop {
        sleep(CHECK_INTERVAL).await;
        // The timeout also covers a connection on which nobody answers.
        if matches!(timeout(CHECK_INTERVAL, connection.ping()).await, Ok(Ok(()))) {
            continue;
        }
        match timeout(CHECK_INTERVAL, lock(&url)).await {
            Ok(Ok(Some(fresh))) => connection = fresh,
            Ok(Ok(None)) => {
                tracing::error!(
                    "another Playmarks started to use this database while the connection was lost: stop one of them, or set REDIS_URL for both"
                )
            }
            // The database is unreachable, which others report already.
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

/// Returns the secret in the folder's file `secret`. If there is none, stores `candidate`: as text, readable by the owner only.
///
/// # Errors
/// The file cannot be read or written, or is damaged.
pub(crate) fn load_or_create_secret(data_dir: &Path, candidate: &[u8]) -> anyhow::Result<Vec<u8>> {
    let path = data_dir.join("secret");
    let context = || format!("the secret in {} cannot be kept", path.display());
    if !path.exists() {
        // Written to a temporary file first, so that a crash never leaves a partial secret.
        let fresh = data_dir.join("secret.new");
        let mut file = private_file(&fresh).with_context(context)?;
        std::io::Write::write_all(&mut file, STANDARD_NO_PAD.encode(candidate).as_bytes()).with_context(context)?;
        file.sync_all().with_context(context)?;
        std::fs::rename(&fresh, &path).with_context(context)?;
    }
    let text = std::fs::read_to_string(&path).with_context(context)?;
    let secret = STANDARD_NO_PAD.decode(text.trim()).ok().filter(|secret| secret.len() >= 32);
    secret.with_context(|| format!("{} is damaged. Delete it to create a new one; programs then have to sign in again", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_stays_the_same_and_a_damaged_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(load_or_create_secret(folder.path(), &[1; 32]).unwrap(), [1; 32]);
        assert_eq!(load_or_create_secret(folder.path(), &[2; 32]).unwrap(), [1; 32]);
        std::fs::write(folder.path().join("secret"), "short").unwrap();
        assert!(load_or_create_secret(folder.path(), &[2; 32]).unwrap_err().to_string().contains("damaged"));
    }

    #[tokio::test]
    async fn folder_serves_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { data_dir: folder.path().join("new"), ..Settings::defaults() };
        let first = acquire_instance_lock(&settings).await.unwrap();
        assert!(acquire_instance_lock(&settings).await.unwrap_err().to_string().contains("another Playmarks"));
        drop(first);
        acquire_instance_lock(&settings).await.unwrap();
    }
}
