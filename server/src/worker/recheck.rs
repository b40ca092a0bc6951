//! Looks up videos again that are stored as private without `checked_at`: oEmbed's 401 may have meant that embedding is disabled. A few at a
//! time, and only while no job is active. A video keeps its state until there is an answer for it, and receipts keep what they say.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::STORE_TIMEOUT;
use crate::{
    metadata::{AdaptiveLimiter, Source},
    store::{Result, Store, with_timeout},
};

/// With [`VIDEOS_PER_PASS`] at most 14 400 videos a day, which are 1 440 calls of the Data API of the 10 000 that a key has.
const RECHECK_INTERVAL: Duration = Duration::from_secs(60);
const VIDEOS_PER_PASS: u32 = 10;
/// How long a pass keeps other workers from starting one. A little shorter than the interval, so that the same worker may do the next pass.
const PASS_LEASE: Duration = Duration::from_secs(55);

/// Runs for ever. Any number of workers may do this at once, and the future may be dropped at any time.
pub(super) async fn run(store: &dyn Store, source: &Arc<dyn Source>) {
    let mut after = String::new();
    loop {
        let pause = run_pass(store, source, &mut after).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "videos could not be checked again; trying later");
            Duration::ZERO
        });
        sleep(RECHECK_INTERVAL.max(pause)).await;
    }
}

/// Looks up videos after the id `after` and advances it, so that one without an answer does not hold up the others. Returns how long to wait
/// before the next pass.
async fn run_pass(store: &dyn Store, source: &Arc<dyn Source>, after: &mut String) -> Result<Duration> {
    let mut left = VIDEOS_PER_PASS;
    while left > 0 {
        // Read before every call: a job that came meanwhile goes first.
        let limit = left.min(u32::try_from(source.batch_size()).unwrap_or(u32::MAX));
        let ids = with_timeout(STORE_TIMEOUT, store.videos_to_recheck(source.name(), after, limit)).await?;
        let Some(last) = ids.last() else {
            after.clear();
            break;
        };
        if left == VIDEOS_PER_PASS && !with_timeout(STORE_TIMEOUT, store.acquire_recheck_lease(PASS_LEASE)).await? {
            break;
        }
        after.clone_from(last);
        left = left.saturating_sub(limit);
        let permit = source.limiter().cloned().map(AdaptiveLimiter::acquire);
        let _permit = futures::future::OptionFuture::from(permit).await;
        match source.look_up(&ids).await {
            Ok(outcomes) => {
                for (id, outcome) in ids.iter().zip(&outcomes) {
                    with_timeout(STORE_TIMEOUT, store.store_recheck(id, outcome)).await?;
                }
            }
            Err(unavailable) => return Ok(unavailable.retry_after),
        }
    }
    Ok(Duration::ZERO)
}
