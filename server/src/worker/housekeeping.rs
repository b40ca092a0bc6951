//! Periodic work besides jobs: deletes expired rows, removes those of deleted lists, and prunes the history of jobs that ended long ago.

use std::time::Duration;

use tokio::time::sleep;

use super::STORE_TIMEOUT;
use crate::store::{Result, Store, with_timeout};

const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(600);

/// How soon the rows of a deleted list begin to be removed.
const REMOVAL_INTERVAL: Duration = Duration::from_secs(5);
/// Rows that are removed in one transaction: few enough for SQLite's other writers to wait a moment only.
const REMOVED_ROWS: u32 = 2_000;

/// Runs for ever. Any number of workers may run this at the same time, and the future may be dropped at any time.
pub(super) async fn remove_deleted(store: &dyn Store) {
    loop {
        match with_timeout(STORE_TIMEOUT, store.remove_deleted(REMOVED_ROWS)).await {
            Ok(0) => sleep(REMOVAL_INTERVAL).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "rows of a deleted list could not be removed; trying again");
                sleep(REMOVAL_INTERVAL).await;
            }
        }
    }
}

/// Runs for ever. Prunes jobs that ended longer than `history` ago; none if it is `None`. Any number of workers may run this at the same
/// time, and the future may be dropped at any time.
pub(super) async fn run(store: &dyn Store, history: Option<Duration>) {
    loop {
        if let Err(error) = run_once(store, history).await {
            tracing::warn!(%error, "housekeeping failed; trying again later");
        }
        sleep(HOUSEKEEPING_INTERVAL).await;
    }
}

async fn run_once(store: &dyn Store, history: Option<Duration>) -> Result<()> {
    with_timeout(STORE_TIMEOUT, store.delete_expired()).await?;
    let Some(history) = history else { return Ok(()) };
    let mut pruned = 0;
    loop {
        match with_timeout(STORE_TIMEOUT, store.prune_history(history)).await? {
            0 => break,
            jobs => pruned += jobs,
        }
    }
    if pruned > 0 {
        tracing::info!(jobs = pruned, "the history of old jobs was pruned");
    }
    Ok(())
}
