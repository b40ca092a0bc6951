//! Permits per user, or per network of clients, so that one user's requests wait for each other and for nobody else's.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, TryAcquireError};
use uuid::Uuid;

/// A semaphore for each user who needs one at the moment; `K` is the id.
#[derive(Debug)]
pub(crate) struct UserPermits<K = Uuid> {
    per_user: usize,
    users: Mutex<HashMap<K, Weak<Semaphore>>>,
}

/// Released when dropped.
#[derive(Debug)]
pub(crate) struct UserPermit {
    _permit: OwnedSemaphorePermit,
    // Dropped last: while a permit is held, others find this semaphore.
    _semaphore: Arc<Semaphore>,
}

impl<K: Eq + Hash> UserPermits<K> {
    pub(crate) fn new(per_user: usize) -> Self {
        Self { per_user, users: Mutex::default() }
    }

    /// Waits, in the order of the calls, until the user has a free permit.
    pub(crate) async fn acquire(&self, user: K) -> Result<UserPermit, AcquireError> {
        let semaphore = self.semaphore(user);
        Ok(UserPermit { _permit: Arc::clone(&semaphore).acquire_owned().await?, _semaphore: semaphore })
    }

    /// Fails if all of the user's permits are held.
    pub(crate) fn try_acquire(&self, user: K) -> Result<UserPermit, TryAcquireError> {
        let semaphore = self.semaphore(user);
        Ok(UserPermit { _permit: Arc::clone(&semaphore).try_acquire_owned()?, _semaphore: semaphore })
    }

    fn semaphore(&self, user: K) -> Arc<Semaphore> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(semaphore) = users.get(&user).and_then(Weak::upgrade) {
            return semaphore;
        }
        users.retain(|_, semaphore| semaphore.strong_count() > 0);
        let semaphore = Arc::new(Semaphore::new(self.per_user));
        users.insert(user, Arc::downgrade(&semaphore));
        semaphore
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn user_waits_for_their_own_permits_alone() {
        let permits = UserPermits::new(2);
        let (ann, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = permits.acquire(ann).await.unwrap();
        let _second = permits.acquire(ann).await.unwrap();
        assert!(permits.try_acquire(ann).is_err());
        let mut third = Box::pin(permits.acquire(ann));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(permits.acquire(ben).now_or_never().unwrap().is_ok());
        drop(first);
        assert!(third.await.is_ok());
    }

    #[tokio::test]
    async fn users_without_permits_are_forgotten() {
        let permits = UserPermits::new(1);
        for user in 0..100 {
            drop(permits.acquire(Uuid::from_u128(user)).await.unwrap());
        }
        assert_eq!(permits.users.lock().unwrap().len(), 1);
    }
}
