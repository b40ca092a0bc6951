//! The worker: claims jobs, runs each for a time slice, and releases it if others wait.
//!
//! It relies only on what the database has confirmed: every write carries the lease's token, and publishing follows the commit.

mod eta;
mod housekeeping;
mod outage_log;
mod recheck;
mod slice;
mod throttle;

use std::{sync::Arc, time::Duration};

use app::wire::JobStatus;
use tokio::{sync::Semaphore, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::eta::EtaCache;
pub use self::outage_log::OutageLog;
use crate::{
    bus::{Bus, Signal, WorkSignal, publisher::Publisher},
    metadata::Source,
    store::{Claim, ClaimRules, Store, StoreError, with_timeout},
};

/// How often a worker looks for due jobs without a signal: the longest delay if a signal is lost.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// A job whose source has been unavailable for this long fails.
const MAX_SOURCE_WAIT: Duration = Duration::from_secs(24 * 3600);
/// How long a store call may take; cancelling a job of 200 000 videos takes 20 s on two busy cores.
const STORE_TIMEOUT: Duration = Duration::from_secs(60);
/// A job fails after this many leases expired: something in it kills workers.
const MAX_ATTEMPTS: u32 = 10;

/// The capacity of one process.
#[derive(Clone, Copy, Debug)]
pub struct WorkerSettings {
    /// Maximum number of concurrent jobs.
    pub jobs: u32,
    /// Maximum number of concurrent look-ups per job.
    pub concurrency: u32,
    /// Maximum number of running jobs per user, across all workers.
    pub per_user: u32,
    /// How long a lease lasts without being renewed.
    pub lease: Duration,
    /// How long after its end a job's whole history is kept; `None` keeps it for ever.
    pub history: Option<Duration>,
}

pub struct Worker {
    pub store: Arc<dyn Store>,
    /// Where titles come from.
    pub source: Arc<dyn Source>,
    /// For the committed states.
    pub publisher: Publisher,
    /// To tell other workers that a job is due again.
    pub bus: Arc<dyn Bus>,
    /// Wakes the worker before the next poll.
    pub work: WorkSignal,
    pub settings: WorkerSettings,
    pub outage_log: OutageLog,
}

impl Worker {
    /// Works until `shutdown`; then starts no more look-ups, stores the finished ones and releases its jobs.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let slices = TaskTracker::new();
        tokio::select! {
            () = Arc::clone(&self).claim_jobs(&slices, shutdown) => {}
            // In this task, so that they cannot die unnoticed.
            () = housekeeping::run(&*self.store, self.settings.history) => {}
            () = housekeeping::remove_deleted(&*self.store) => {}
            () = recheck::run(&*self.store, &self.source) => {}
        }
        slices.close();
        slices.wait().await;
    }

    /// Claims jobs until `shutdown`, and runs each for a slice.
    async fn claim_jobs(self: Arc<Self>, slices: &TaskTracker, shutdown: CancellationToken) {
        let capacity = Arc::new(Semaphore::new(self.settings.jobs as usize));
        let eta_cache = Arc::new(EtaCache::default());
        // Whoever starts a worker may have repaired what made the source unavailable: a key, the network.
        let fingerprint = self.source.fingerprint();
        let lift = with_timeout(STORE_TIMEOUT, self.store.lift_outdated_pause(self.source.name(), &fingerprint));
        if let Some(Err(error)) = shutdown.run_until_cancelled(lift).await {
            tracing::warn!(%error, "the source's pause could not be checked against the current key; it stays in force");
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
                        // A worker has capacity again, and the job may be due: one should look.
                        worker.work.announce();
                    });
                    continue;
                }
                Ok(None) => database_unavailable = false,
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
        for (user_id, state) in with_timeout(STORE_TIMEOUT, self.store.reap_abandoned_jobs(MAX_ATTEMPTS)).await? {
            if state.status == JobStatus::Failed {
                tracing::error!(job_id = %state.job_id, "a job failed: its workers died repeatedly");
            }
            self.publisher.publish(user_id, &state);
        }
        let rules = ClaimRules { lease: self.settings.lease, per_user: self.settings.per_user, source: self.source.name().into() };
        with_timeout(STORE_TIMEOUT, self.store.claim(&rules)).await
    }

    async fn run_slice(&self, claim: Claim, eta_cache: &EtaCache, shutdown: CancellationToken) {
        let job_id = claim.lease.job_id;
        match slice::run(self, eta_cache, claim, shutdown.clone()).await {
            Ok(slice::Outcome::Ended(status)) => tracing::info!(%job_id, status = status.as_str(), "a job ended"),
            // A job that makes room for another one leaves this worker with capacity: no other worker needs to look.
            Ok(slice::Outcome::Released) if !shutdown.is_cancelled() => {}
            Ok(slice::Outcome::Released) => {
                if let Err(error) = self.bus.signal(&Signal::WorkWaiting).await {
                    tracing::debug!(%error, "other workers were not told that a job is due; they find it at their next poll");
                }
            }
            Ok(slice::Outcome::Waiting { retry_after }) => tracing::info!(%job_id, ?retry_after, "a job waits for the source"),
            Ok(slice::Outcome::LeaseLost) => tracing::warn!(%job_id, "lost the lease of a job; another worker has taken it over"),
            Err(error) => tracing::error!(%job_id, %error, "a job was abandoned; it is claimed again when its lease expires"),
        }
    }
}
