//! Permits for uploads: two running per user, one reader per core, and a budget of disk space. Uploads without a permit wait. Permits are
//! released when the request ends, also because its client left.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread::available_parallelism,
    time::Duration,
};

use axum::http::StatusCode;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use uuid::Uuid;

use crate::{
    config::Settings,
    error::{AppError, AppResult},
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
    users: Mutex<HashMap<Uuid, Weak<UserQueue>>>,
    reading: Arc<Semaphore>,
    /// In MiB.
    disk: Arc<Semaphore>,
    disk_mib: u32,
}

#[derive(Debug)]
struct UserQueue {
    /// For those that wait and those that run.
    queued: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// Held while an upload is received, read and stored.
#[derive(Debug)]
pub(crate) struct UploadPermit {
    _user_permits: [OwnedSemaphorePermit; 2],
    _disk: OwnedSemaphorePermit,
    // Dropped last: while it is held, the user's queue is the one that others find.
    _queue: Arc<UserQueue>,
}

impl UploadPermits {
    /// A reader for each core.
    pub fn for_settings(settings: &Settings) -> Self {
        Self::new(available_parallelism().map_or(2, NonZero::get), settings.max_spool_mib.max(settings.max_upload_mib))
    }

    /// `readers`: uploads that are read at once. `disk_mib`: space for spooled uploads.
    fn new(readers: usize, disk_mib: u32) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self { users: Mutex::default(), reading: semaphore(readers), disk: semaphore(disk_mib as usize), disk_mib }
    }

    /// Waits for the user's other uploads, and for disk space for at most `bytes`.
    ///
    /// # Errors
    /// 429 `too_many_uploads` if too many of the user's uploads wait; 503 `no_room` if there is no space for too long.
    pub(crate) async fn upload(&self, user: Uuid, bytes: u64) -> AppResult<UploadPermit> {
        let queue = self.queue(user);
        let queued = Arc::clone(&queue.queued).try_acquire_owned().map_err(|_| too_many_uploads())?;
        let running = Arc::clone(&queue.running).acquire_owned().await.map_err(|error| AppError::internal(&error))?;
        let mib = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(u32::MAX).clamp(1, self.disk_mib);
        let disk = timeout(DISK_TIMEOUT, Arc::clone(&self.disk).acquire_many_owned(mib)).await.map_err(|_| no_room())?;
        Ok(UploadPermit { _user_permits: [queued, running], _disk: disk.map_err(|error| AppError::internal(&error))?, _queue: queue })
    }

    /// Waits until a file may be read, which takes a core.
    pub(crate) async fn read(&self) -> AppResult<OwnedSemaphorePermit> {
        Arc::clone(&self.reading).acquire_owned().await.map_err(|error| AppError::internal(&error))
    }

    /// The user's queue; it exists for as long as somebody is in it.
    fn queue(&self, user: Uuid) -> Arc<UserQueue> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = users.get(&user).and_then(Weak::upgrade) {
            return queue;
        }
        users.retain(|_, queue| queue.strong_count() > 0);
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let queue = Arc::new(UserQueue { queued: semaphore(MAX_QUEUED_PER_USER), running: semaphore(MAX_RUNNING_PER_USER) });
        users.insert(user, Arc::downgrade(&queue));
        queue
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
    async fn third_upload_of_a_user_waits_but_not_those_of_others() {
        let permits = UploadPermits::new(1, 100);
        let (ann, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = permits.upload(ann, 1).await.unwrap();
        let _second = permits.upload(ann, 1).await.unwrap();
        let mut third = Box::pin(permits.upload(ann, 1));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(permits.upload(ben, 1).now_or_never().unwrap().is_ok());
        drop(first);
        assert!(third.await.is_ok());
    }

    #[tokio::test]
    async fn upload_over_the_users_limit_is_refused_and_queue_is_removed_when_empty() {
        let permits = UploadPermits::new(1, 100);
        let ann = Uuid::from_u128(1);
        let _running = [permits.upload(ann, 1).await.unwrap(), permits.upload(ann, 1).await.unwrap()];
        let mut waiting: Vec<_> = (2..MAX_QUEUED_PER_USER).map(|_| Box::pin(permits.upload(ann, 1))).collect();
        assert!(waiting.iter_mut().all(|upload| upload.as_mut().now_or_never().is_none()));
        let refused = permits.upload(ann, 1).await.unwrap_err().into_problem();
        assert_eq!((refused.status, refused.code.as_ref()), (429, "too_many_uploads"));
        drop((waiting, _running));
        assert!(permits.upload(ann, 1).now_or_never().unwrap().is_ok(), "permits are released when clients leave");
        assert_eq!(permits.users.lock().unwrap().len(), 1);
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
