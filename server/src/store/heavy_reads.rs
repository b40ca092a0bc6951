//! A queue for reads that may take long: searches, filters, and pages of downloads. Each user has one place and waits for it in turn, so that
//! their reads wait for each other; all users together leave half of the connections to short reads.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use uuid::Uuid;

use super::{Result, StoreError};
use crate::user_permits::{UserPermit, UserPermits};

/// Concurrent heavy reads of one user.
const MAX_PER_USER: usize = 1;
/// How long a read waits for the user's others, and then for those of everybody.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(3);

/// The places of a process.
pub(super) struct HeavyReads {
    users: UserPermits,
    /// For counting the videos of lists, which is shorter and part of many pages: it does not wait for searches.
    counts: UserPermits,
    all: Arc<Semaphore>,
}

/// Held during a heavy read.
pub(super) struct HeavyReadPermit {
    _user: UserPermit,
    _all: OwnedSemaphorePermit,
}

impl HeavyReads {
    /// For half of these connections.
    pub(super) fn new(connections: u32) -> Arc<Self> {
        Arc::new(Self {
            users: UserPermits::new(MAX_PER_USER),
            counts: UserPermits::new(MAX_PER_USER),
            all: Arc::new(Semaphore::new((connections / 2).max(1) as usize)),
        })
    }

    /// Waits in both queues, if the read is heavy. Released when dropped, also because the client left.
    ///
    /// # Errors
    /// [`StoreError::TooManyReads`] if the user's other reads take too long, [`StoreError::ReadsBusy`] if those of others do.
    pub(super) async fn acquire(&self, user_id: Uuid, is_heavy: bool) -> Result<Option<HeavyReadPermit>> {
        if !is_heavy {
            return Ok(None);
        }
        let user = timeout(QUEUE_TIMEOUT, self.users.acquire(user_id)).await.map_err(|_| StoreError::TooManyReads)?;
        let all = timeout(QUEUE_TIMEOUT, Arc::clone(&self.all).acquire_owned()).await.map_err(|_| StoreError::ReadsBusy)?;
        let closed = |error| StoreError::Internal(Box::new(error));
        Ok(Some(HeavyReadPermit { _user: user.map_err(closed)?, _all: all.map_err(closed)? }))
    }

    /// Waits until none of the user's lists are being counted.
    ///
    /// # Errors
    /// [`StoreError::TooManyReads`] if that takes too long.
    pub(super) async fn acquire_count(&self, user_id: Uuid) -> Result<UserPermit> {
        let permit = timeout(QUEUE_TIMEOUT, self.counts.acquire(user_id)).await.map_err(|_| StoreError::TooManyReads)?;
        permit.map_err(|error| StoreError::Internal(Box::new(error)))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const ANN: Uuid = Uuid::from_u128(1);
    const BEN: Uuid = Uuid::from_u128(2);

    #[tokio::test(start_paused = true)]
    async fn reads_of_one_user_take_one_place_and_those_of_all_half_of_the_connections() {
        let reads = HeavyReads::new(4);
        let anns = reads.acquire(ANN, true).await.unwrap();
        assert!(matches!(reads.acquire(ANN, true).await, Err(StoreError::TooManyReads)));
        let bens = reads.acquire(BEN, true).now_or_never().expect("another user does not wait").unwrap();
        assert!(matches!(reads.acquire(Uuid::from_u128(3), true).await, Err(StoreError::ReadsBusy)));
        assert!(reads.acquire(ANN, false).now_or_never().unwrap().unwrap().is_none(), "a light read never waits");
        let counting = reads.acquire_count(ANN).now_or_never().expect("counting does not wait for searches").unwrap();
        assert!(matches!(reads.acquire_count(ANN).await, Err(StoreError::TooManyReads)));
        assert!(reads.acquire_count(BEN).now_or_never().unwrap().is_ok());
        drop((anns, bens, counting));
        assert!(reads.acquire(ANN, true).now_or_never().unwrap().is_ok());
        assert!(HeavyReads::new(1).acquire(ANN, true).now_or_never().unwrap().is_ok(), "one connection is enough");
    }

    #[tokio::test]
    async fn reads_wait_in_turn_and_leave_the_queue_with_their_client() {
        let reads = HeavyReads::new(4);
        let running = reads.acquire(ANN, true).await.unwrap();
        let (mut left, mut next) = (Box::pin(reads.acquire(ANN, true)), Box::pin(reads.acquire(ANN, true)));
        assert!(left.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        drop((left, running));
        assert!(next.await.is_ok());
    }
}
