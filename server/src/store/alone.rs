//! Being the only process on a database that cannot serve several: the folder's lock on SQLite, an advisory lock on PostgreSQL
//! without Redis, where another process would not hear of what this one does.

use std::{path::Path, time::Duration};

use anyhow::{Context, bail};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use sqlx::{Connection, PgConnection};
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::open::{DataDirLock, lock_data_dir, private_file};
use crate::config::Settings;

/// Names the advisory lock: "playmark" in ASCII.
const LOCK: i64 = 0x706c_6179_6d61_726b;
/// How often the connection that holds it is tried: PostgreSQL frees the lock when it restarts.
const CHECK: Duration = Duration::from_secs(5);

/// Held for as long as the process runs.
#[derive(Debug)]
pub enum Alone {
    /// SQLite: the folder is this process'.
    Folder(DataDirLock),
    /// PostgreSQL without Redis: a task keeps the lock.
    Database(JoinHandle<()>),
    /// PostgreSQL with Redis: any number may run.
    NotNeeded,
}

impl Drop for Alone {
    fn drop(&mut self) {
        if let Self::Database(task) = self {
            task.abort();
        }
    }
}

/// Makes this process the only one where the settings allow only one.
///
/// # Errors
/// Another process was first; or the database or folder cannot be reached.
pub async fn claim_alone(settings: &Settings) -> anyhow::Result<Alone> {
    let Some(url) = &settings.database_url else { return Ok(Alone::Folder(lock_data_dir(&settings.data_dir)?)) };
    if settings.redis_url.is_some() {
        return Ok(Alone::NotNeeded);
    }
    let url = url.expose().to_owned();
    let Some(connection) = lock(&url).await.context("PostgreSQL cannot be reached. Check DATABASE_URL, and that the server runs")? else {
        bail!(
            "another Playmarks is using this database. Several need Redis to hear of each other: set REDIS_URL for all of them, or stop the other one."
        );
    };
    Ok(Alone::Database(tokio::spawn(keep(connection, url))))
}

async fn lock(url: &str) -> Result<Option<PgConnection>, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let free: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut connection).await?;
    Ok(free.then_some(connection))
}

async fn keep(mut connection: PgConnection, url: String) {
    loop {
        sleep(CHECK).await;
        // Also where the connection stands and nobody answers on it.
        if matches!(timeout(CHECK, connection.ping()).await, Ok(Ok(()))) {
            continue;
        }
        match timeout(CHECK, lock(&url)).await {
            Ok(Ok(Some(fresh))) => connection = fresh,
            Ok(Ok(None)) => {
                tracing::error!("another Playmarks began to use this database while it was away: stop one of them, or set REDIS_URL for both")
            }
            // It is away: everything else says so already.
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

/// The secret in the folder's file `secret`, which is made from `candidate` where there is none: as text, and readable by its owner alone.
///
/// # Errors
/// The file cannot be read or written, or is damaged.
pub fn keep_secret(data_dir: &Path, candidate: &[u8]) -> anyhow::Result<Vec<u8>> {
    let path = data_dir.join("secret");
    let told = || format!("the secret in {} cannot be kept", path.display());
    if !path.exists() {
        // Written whole under another name first: a crash in between leaves no half of a secret.
        let fresh = data_dir.join("secret.new");
        let mut file = private_file(&fresh).with_context(told)?;
        std::io::Write::write_all(&mut file, STANDARD_NO_PAD.encode(candidate).as_bytes()).with_context(told)?;
        file.sync_all().with_context(told)?;
        std::fs::rename(&fresh, &path).with_context(told)?;
    }
    let text = std::fs::read_to_string(&path).with_context(told)?;
    let secret = STANDARD_NO_PAD.decode(text.trim()).ok().filter(|secret| secret.len() >= 32);
    secret.with_context(|| format!("{} is damaged. Delete it: another is made, and programs have to sign in again", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stays_the_same_and_a_damaged_one_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(keep_secret(folder.path(), &[1; 32]).unwrap(), [1; 32]);
        assert_eq!(keep_secret(folder.path(), &[2; 32]).unwrap(), [1; 32]);
        std::fs::write(folder.path().join("secret"), "short").unwrap();
        assert!(keep_secret(folder.path(), &[2; 32]).unwrap_err().to_string().contains("damaged"));
    }

    #[tokio::test]
    async fn a_folder_serves_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { data_dir: folder.path().join("new"), ..Settings::defaults() };
        let first = claim_alone(&settings).await.unwrap();
        assert!(claim_alone(&settings).await.unwrap_err().to_string().contains("another Playmarks"));
        drop(first);
        claim_alone(&settings).await.unwrap();
    }
}
