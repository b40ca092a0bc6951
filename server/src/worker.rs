//! The worker: claims jobs, runs each for a slice at a time, hands back what others wait for.
//!
//! It decides nothing that the database does not confirm: every write carries the lease's token, and publishing follows the commit.

mod eta;
mod housekeeping;
mod slice;
mod throttle;

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::eta::Etas;
use crate::{
    bus::{Bus, Signal, publisher::Publisher},
    hub::WorkSignal,
    metadata::Source,
    store::{Claim, ClaimRules, Store, StoreError, with_timeout},
};

/// How often a worker looks for due jobs of its own accord: what a lost signal costs at most.
const POLL: Duration = Duration::from_secs(1);
/// How long a job waits for its source before it is given up.
const MOST_WAITING: Duration = Duration::from_secs(24 * 3600);
/// How long a call of the store may take; a cancelled job of 200 000 videos takes 20 s on two busy cores.
const STORE_TIMEOUT: Duration = Duration::from_secs(60);
/// Voided leases after which a job ends `failed`: something in it kills workers.
const MAX_ATTEMPTS: u32 = 10;

/// How much one process works.
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
    /// Wakes it before its next look.
    pub work: WorkSignal,
    /// How much it works.
    pub settings: WorkerSettings,
}

impl Worker {
    /// Works until `shutdown`; then stops taking up videos, stores what is finished and hands the jobs back.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let slices = TaskTracker::new();
        tokio::select! {
            () = Arc::clone(&self).take_up_jobs(&slices, shutdown) => {}
            // In this task, so that it cannot die unnoticed.
            () = housekeeping::run(&*self.store, self.settings.history) => {}
        }
        slices.close();
        slices.wait().await;
    }

    /// Claims until `shutdown`, each job into a slice of its own.
    async fn take_up_jobs(self: Arc<Self>, slices: &TaskTracker, shutdown: CancellationToken) {
        let slots = Arc::new(Semaphore::new(self.settings.jobs as usize));
        let etas = Arc::new(Etas::default());
        // Whoever starts a worker may have mended what was away: a key, the network.
        let forgotten = shutdown.run_until_cancelled(with_timeout(STORE_TIMEOUT, self.store.unblock_source(self.source.name()))).await;
        if let Some(Err(error)) = forgotten {
            tracing::warn!(%error, "whether the source can be used again is asked when its pause is over");
        }
        let mut away = false;
        loop {
            let Some(Ok(slot)) = shutdown.run_until_cancelled(Arc::clone(&slots).acquire_owned()).await else { break };
            match self.claim().await {
                Ok(Some(claim)) => {
                    away = false;
                    let (worker, etas, shutdown) = (Arc::clone(&self), Arc::clone(&etas), shutdown.clone());
                    slices.spawn(async move {
                        worker.run_slice(claim, &etas, shutdown).await;
                        drop(slot);
                        // A slot is free, and the job may be due again: somebody should look, here or elsewhere.
                        worker.work.announce();
                    });
                    continue;
                }
                Ok(None) => {
                    away = false;
                    self.park_waiting_jobs().await;
                }
                Err(error) => {
                    if !away {
                        tracing::warn!(%error, "no job can be claimed; trying again every second");
                    }
                    away = true;
                }
            }
            drop(slot);
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.work.wait(), if !away => {}
                () = sleep(POLL) => {}
            }
        }
    }

    async fn claim(&self) -> Result<Option<Claim>, StoreError> {
        for (user_id, state) in with_timeout(STORE_TIMEOUT, self.store.fail_poisoned_jobs(MAX_ATTEMPTS)).await? {
            tracing::error!(job_id = %state.job_id, "a job was given up: its workers died again and again");
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
        match with_timeout(STORE_TIMEOUT, self.store.park_waiting_jobs(self.source.name(), MOST_WAITING)).await {
            Ok(held) => held.iter().for_each(|(user_id, state)| self.publisher.publish(*user_id, state)),
            Err(error) => tracing::debug!(%error, "the next look says that jobs wait"),
        }
    }

    async fn run_slice(&self, claim: Claim, etas: &Etas, shutdown: CancellationToken) {
        let job_id = claim.lease.job_id;
        match slice::run(self, etas, claim, shutdown).await {
            Ok(slice::Outcome::Ended(status)) => tracing::info!(%job_id, status = status.as_str(), "a job ended"),
            Ok(slice::Outcome::HandedBack) => {
                if let Err(error) = self.bus.signal(&Signal::WorkWaiting).await {
                    tracing::debug!(%error, "other workers find the job at their next look");
                }
            }
            Ok(slice::Outcome::Waiting { pause }) => tracing::warn!(%job_id, ?pause, "the source is away; the job waits for it"),
            Ok(slice::Outcome::LeaseLost) => tracing::warn!(%job_id, "the lease of a job was lost; whoever has it goes on"),
            Err(error) => tracing::error!(%job_id, %error, "a job was let go; it is taken up again when its lease ends"),
        }
    }
}
