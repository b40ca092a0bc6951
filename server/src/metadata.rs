//! Where titles come from: YouTube's Data API, its oEmbed end point, or the emulator of both inside this binary.

use std::time::Duration;

use async_trait::async_trait;

use crate::job::{Failure, Metadata};

/// The source as a whole cannot be used: unreachable, out of quota, or refusing everything. Jobs wait; no video fails for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source away for {pause:?}: {reason}")]
pub struct SourceAway {
    /// When to ask again.
    pub pause: Duration,
    /// For the log.
    pub reason: String,
}

/// A source of metadata.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// Its row in `sources`: `api`, `oembed`, `demo`.
    fn name(&self) -> &'static str;
    /// Ids one call takes, at least 1.
    fn batch(&self) -> usize;
    /// Looks well-formed ids up, at most [`Self::batch`] of them. One outcome an id, in the same order. Transient failures are
    /// retried in here, with backoff and jitter, `Retry-After` obeyed.
    ///
    /// # Errors
    /// [`SourceAway`]: nothing was decided about any of these ids.
    async fn look_up(&self, ids: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceAway>;
}
