//! The worker: claims jobs, runs each for a time slice, and releases it where others wait.
//!
//! It decides nothing that the database does not confirm: every write carries the lease's token, and publishing follows the commit.

mod eta;
mod housekeeping;
mod slice;
mod throttle;

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::eta::EtaCache;
use crate::{
    bus::{Bus, Signal, publisher::Publisher},
    hub::WorkSignal,
    metadata::Source,
    store::{Claim, ClaimRules, Store, StoreError, with_timeout},
};

/// How often a worker looks for due jobs without a signal: what a lost one costs at most.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// After that a job that waits for its source fails.
const MAX_SOURCE_WAIT: Duration = Duration::from_secs(24 * 3600);
/// How long a call of the store may take; cancelling a job of 200 000 videos takes 20 s on two busy cores.
const STORE_TIMEOUT: Duration = Duration::from_secs(60);
/// Voided leases after which a job fails: something in it kills workers.
const MAX_ATTEMPTS: u32 = 10;

/// The capacity of one process.
#[derive(Clone, Copy, Debug)]
pub struct WorkerSettings {
    /// Jobs at once.
    pub jobs: u32,
    /// Look-ups of one job at once.
    pub concurrency: u32,
    /// Running jobs one user may have, over all workers.
    pub per_user: u32,
    /// How long a lease lasts unrenewed.
    pub lease: Duration,
    /// How long after its end a job keeps its whole history; `None` keeps it for ever.
    pub history: Option<Duration>,
}

/// Everything a worker works with.
pub struct Worker {
    /// The truth.
    pub store: Arc<dyn Store>,
    /// Where titles come from.
    pub source: Arc<dyn Source>,
    /// For the states it commits.
    pub publisher: Publisher,
    /// For telling other workers that a job is due again.
    pub bus: Arc<dyn Bus>,
    /// Wakes it before the next poll.
    pub work: WorkSignal,
    /// Its capacity.
    pub settings: WorkerSettings,
}

impl Worker {
    /// Works until `shutdown`; then starts no more look-ups, stores what is finished and releases its jobs.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let slices = TaskTracker::new();
        tokio::select! {
            () = Arc::clone(&self).claim_jobs(&slices, shutdown) => {}
            // In this task, so that it cannot die unnoticed.
            () = housekeeping::run(&*self.store, self.settings.history) => {}
        }
        slices.close();
        slices.wait().await;
    }

    /// Claims until `shutdown`, each job into a slice of its own.
    async fn claim_jobs(self: Arc<Self>, slices: &TaskTracker, shutdown: CancellationToken) {
        let capacity = Arc::new(Semaphore::new(self.settings.jobs as usize));
        let eta_cache = Arc::new(EtaCache::default());
        // Whoever starts a worker may have repaired what made the source unavailable: a key, the network.
        let forgotten = shutdown.run_until_cancelled(with_timeout(STORE_TIMEOUT, self.store.unblock_source(self.source.name()))).await;
        if let Some(Err(error)) = forgotten {
            tracing::warn!(%error, "the source stays blocked for as long as it was; its block could not be lifted");
        }
        let mut database_unavailable = false;
        loop {
            let Some(Ok(permit)) = shutdown.run_until_cancelled(Arc::clone(&capacity).acquire_owned()).await else { break };
            match self.claim().await {
                Ok(Some(claim)) => {
                    database_unavailable = false;
                    let (worker, eta_cache, shutdown) = (Arc::clone(&self), Arc::clone(&eta_cache), shutdown.clone());
                    slices.spawn(async move {
                        worker.run_slice(claim, &eta_cache, shutdown).await;
                        drop(permit);
                        // There is capacity, and the job may be due again: a worker should look, this one or another.
                        worker.work.announce();
                    });
                    continue;
                }
                Ok(None) => {
                    database_unavailable = false;
                    self.park_waiting_jobs().await;
                }
                Err(error) => {
                    if !database_unavailable {
                        tracing::warn!(%error, "no job can be claimed; trying again every second");
                    }
                    database_unavailable = true;
                }
            }
            drop(permit);
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.work.wait(), if !database_unavailable => {}
                () = sleep(POLL_INTERVAL) => {}
            }
        }
    }

    async fn claim(&self) -> Result<Option<Claim>, StoreError> {
        for (user_id, state) in with_timeout(STORE_TIMEOUT, self.store.fail_poisoned_jobs(MAX_ATTEMPTS)).await? {
            tracing::error!(job_id = %state.job_id, "a job failed: its workers died again and again");
            self.publisher.publish(user_id, &state);
        }
        let rules = ClaimRules {
            lease: self.settings.lease,
            per_user: self.settings.per_user,
            source: self.source.name().into(),
            max_attempts: MAX_ATTEMPTS,
        };
        with_timeout(STORE_TIMEOUT, self.store.claim(&rules)).await
    }

    /// Nothing can be claimed: if that is because the source is blocked, jobs that came meanwhile say so too.
    async fn park_waiting_jobs(&self) {
        match with_timeout(STORE_TIMEOUT, self.store.park_waiting_jobs(self.source.name(), MAX_SOURCE_WAIT)).await {
            Ok(parked) => parked.iter().for_each(|(user_id, state)| self.publisher.publish(*user_id, state)),
            Err(error) => tracing::debug!(%error, "waiting jobs could not be parked; trying again at the next poll"),
        }
    }

    async fn run_slice(&self, claim: Claim, eta_cache: &EtaCache, shutdown: CancellationToken) {
        let job_id = claim.lease.job_id;
        match slice::run(self, eta_cache, claim, shutdown).await {
            Ok(slice::Outcome::Ended(status)) => tracing::info!(%job_id, status = status.as_str(), "a job ended"),
            Ok(slice::Outcome::Released) => {
                if let Err(error) = self.bus.signal(&Signal::WorkWaiting).await {
                    tracing::debug!(%error, "other workers were not told that a job is due; they find it at their next poll");
                }
            }
            Ok(slice::Outcome::Waiting { retry_after }) => tracing::warn!(%job_id, ?retry_after, "a job waits for the source"),
            Ok(slice::Outcome::LeaseLost) => tracing::warn!(%job_id, "the lease of a job was lost; whoever has it goes on"),
            Err(error) => tracing::error!(%job_id, %error, "a job was abandoned; it is claimed again when its lease expires"),
        }
    }
}
