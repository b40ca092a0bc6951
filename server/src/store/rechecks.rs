//! Looking up videos again, for workers that have no job to do.

use std::time::Duration;

use async_trait::async_trait;

use super::Result;
use crate::metadata::{Failure, Metadata};

/// Videos to look up again.
#[async_trait]
pub trait Rechecks {
    /// Acquires the only lease for looking up videos again, which ends after `term` and is not renewed. False if another worker holds it.
    async fn acquire_recheck_lease(&self, term: Duration) -> Result<bool>;
    /// YouTube ids after `after` of videos that were stored as private before `checked_at` was kept, in order. None while the source is
    /// blocked or any job has not ended.
    async fn videos_to_recheck(&self, source: &str, after: &str, limit: u32) -> Result<Vec<String>>;
    /// Stores what a source says now of all those videos of this id. A failure that is no answer (network, 429) changes nothing.
    async fn store_recheck(&self, youtube_id: &str, outcome: &std::result::Result<Metadata, Failure>) -> Result<()>;
}
