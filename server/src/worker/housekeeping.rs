//! What is done beside the jobs, now and then: what is past is swept out, and the history of jobs that ended long ago is thinned.

use std::time::Duration;

use tokio::time::sleep;

use super::STORE_TIMEOUT;
use crate::store::{Result, Store, with_timeout};

/// How often.
const EVERY: Duration = Duration::from_secs(600);

/// Keeps house for ever. Jobs that ended longer than `history` ago are thinned; none where it is `None`. Any number of workers may do this
/// at once, and any of them may be dropped in the middle.
pub(super) async fn run(store: &dyn Store, history: Option<Duration>) {
    loop {
        if let Err(error) = round(store, history).await {
            tracing::warn!(%error, "what is past could not be swept out; trying again later");
        }
        sleep(EVERY).await;
    }
}

async fn round(store: &dyn Store, history: Option<Duration>) -> Result<()> {
    with_timeout(STORE_TIMEOUT, store.delete_expired()).await?;
    let Some(history) = history else { return Ok(()) };
    let mut thinned = 0;
    loop {
        match with_timeout(STORE_TIMEOUT, store.prune_history(history)).await? {
            0 => break,
            jobs => thinned += jobs,
        }
    }
    if thinned > 0 {
        tracing::info!(jobs = thinned, "the history of old jobs was thinned");
    }
    Ok(())
}
