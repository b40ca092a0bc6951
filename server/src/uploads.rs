//! Permits for uploads: two running per user, one reader per core, and a budget of disk space. Uploads without a permit wait. Permits are
//! released when the request ends, also because its client left; but what is being stored by then is stored.

use std::{num::NonZero, sync::Arc, thread::available_parallelism, time::Duration};

use axum::http::StatusCode;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use uuid::Uuid;

use crate::{
    config::Settings,
    error::{AppError, AppResult},
    user_permits::{UserPermit, UserPermits},
};

/// Uploads of one user that are received, read and stored at once.
const MAX_RUNNING_PER_USER: usize = 2;
/// Uploads of one user, running and waiting.
const MAX_QUEUED_PER_USER: usize = 16;
/// How long an upload waits for space on disk.
const DISK_TIMEOUT: Duration = Duration::from_secs(30);

/// The permits of a process.
#[derive(Debug)]
pub struct UploadPermits {
    /// For those that wait and those that run.
    queued: UserPermits,
    running: UserPermits,
    reading: Arc<Semaphore>,
    /// In MiB.
    disk: Arc<Semaphore>,
    disk_mib: u32,
}

/// Held while an upload is received, read and stored.
#[derive(Debug)]
pub(crate) struct UploadPermit {
    _queued: UserPermit,
    _running: UserPermit,
    _disk: OwnedSemaphorePermit,
}

impl UploadPermits {
    /// A reader for each core.
    pub fn for_settings(settings: &Settings) -> Self {
        Self::new(available_parallelism().map_or(2, NonZero::get), settings.max_spool_mib.max(settings.max_upload_mib))
    }

    /// `readers`: uploads that are read at once. `disk_mib`: space for spooled uploads.
    fn new(readers: usize, disk_mib: u32) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self {
            queued: UserPermits::new(MAX_QUEUED_PER_USER),
            running: UserPermits::new(MAX_RUNNING_PER_USER),
            reading: semaphore(readers),
            disk: semaphore(disk_mib as usize),
            disk_mib,
        }
    }

    /// Waits for the user's other uploads, and for disk space for at most `bytes`.
    ///
    /// # Errors
    /// 429 `too_many_uploads` if too many of the user's uploads wait; 503 `no_room` if there is no space for too long.
    pub(crate) async fn upload(&self, user: Uuid, bytes: u64) -> AppResult<UploadPermit> {
        let queued = self.queued.try_acquire(user).map_err(|_| too_many_uploads())?;
        let running = self.running.acquire(user).await.map_err(|error| AppError::internal(&error))?;
        let mib = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(u32::MAX).clamp(1, self.disk_mib);
        let disk = timeout(DISK_TIMEOUT, Arc::clone(&self.disk).acquire_many_owned(mib)).await.map_err(|_| no_room())?;
        Ok(UploadPermit { _queued: queued, _running: running, _disk: disk.map_err(|error| AppError::internal(&error))? })
    }

    /// Waits until a file may be read, which takes a core.
    pub(crate) async fn read(&self) -> AppResult<OwnedSemaphorePermit> {
        Arc::clone(&self.reading).acquire_owned().await.map_err(|error| AppError::internal(&error))
    }
}

fn too_many_uploads() -> AppError {
    let detail = "Too many of your uploads are waiting already. Nothing was imported; upload the file again when they are done.";
    AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_uploads", detail)
}

fn no_room() -> AppError {
    let detail = "The server is busy with other uploads. Nothing was imported; try again in a minute.";
    AppError::new(StatusCode::SERVICE_UNAVAILABLE, "no_room", detail)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn third_upload_of_a_user_waits_and_one_over_the_limit_is_refused() {
        let permits = UploadPermits::new(1, 100);
        let ann = Uuid::from_u128(1);
        let _running = [permits.upload(ann, 1).await.unwrap(), permits.upload(ann, 1).await.unwrap()];
        let mut waiting: Vec<_> = (2..MAX_QUEUED_PER_USER).map(|_| Box::pin(permits.upload(ann, 1))).collect();
        assert!(waiting.iter_mut().all(|upload| upload.as_mut().now_or_never().is_none()));
        let refused = permits.upload(ann, 1).await.unwrap_err().into_problem();
        assert_eq!((refused.status, refused.code.as_ref()), (429, "too_many_uploads"));
        drop((waiting, _running));
        assert!(permits.upload(ann, 1).now_or_never().unwrap().is_ok(), "permits are released when clients leave");
    }

    #[tokio::test(start_paused = true)]
    async fn disk_space_is_shared_and_released() {
        let permits = UploadPermits::new(1, 40);
        let large = permits.upload(Uuid::from_u128(1), 32 << 20).await.unwrap();
        assert!(permits.upload(Uuid::from_u128(2), 8 << 20).await.is_ok());
        let refused = permits.upload(Uuid::from_u128(2), 9 << 20).await.unwrap_err().into_problem();
        assert_eq!((refused.status, refused.code.as_ref()), (503, "no_room"));
        drop(large);
        assert!(permits.upload(Uuid::from_u128(2), u64::MAX).await.is_ok(), "an upload is never larger than all there is");
    }
}
