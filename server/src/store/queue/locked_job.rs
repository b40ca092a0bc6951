//! A job under its row lock: read, changed in memory, and saved as a whole. Decisions about jobs are made here and in [`crate::job`], once
//! for both databases.

use std::time::Duration;

use app::wire::{Causes, JobStatus, ProgressUpdate, WaitingReason};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Claim, ClaimRules, Lease, Written, seq};
use crate::{
    job::{self, Ending},
    store::micros::Micros,
};

/// After this long without a worker, the time waited so far is not counted as failing. As long as the longest pause, quotas aside.
const MAX_UNATTENDED: Duration = Duration::from_secs(3600);

/// `processing_jobs`, as its writer has it. These columns are listed in five statements of each database.
#[derive(FromRow)]
pub(in crate::store) struct LockedJob {
    pub(in crate::store) id: Uuid,
    pub(in crate::store) user_id: Uuid,
    pub(in crate::store) list_id: Uuid,
    pub(in crate::store) source_name: String,
    pub(in crate::store) state: Json<ProgressUpdate>,
    pub(in crate::store) causes: Json<Causes>,
    pub(in crate::store) cancel_requested: bool,
    /// Number of leases that expired since an item was last finished.
    pub(in crate::store) attempts: i64,
    pub(in crate::store) run_at: Micros,
    /// Since when its source has been unavailable. Not set while it is only queued, nor for a quota, which is an answer.
    pub(in crate::store) waiting_since: Option<Micros>,
    pub(in crate::store) lease_until: Option<Micros>,
    pub(in crate::store) lease_token: Option<Uuid>,
    pub(in crate::store) ended_at: Option<Micros>,
}

impl LockedJob {
    /// True if no lease on it is valid.
    pub(in crate::store) fn is_idle(&self, now: Micros) -> bool {
        self.lease_until.is_none_or(|until| until <= now)
    }

    /// Assigns the unclaimed job to a worker.
    pub(in crate::store) fn claim(mut self, rules: &ClaimRules, now: Micros) -> (Claim, Self) {
        let lease = Lease { job_id: self.id, user_id: self.user_id, token: Uuid::new_v4() };
        self.lease_token = Some(lease.token);
        self.lease_until = Some(now.plus(rules.lease));
        // Not counting a time without workers.
        self.waiting_since = self.waiting_since.filter(|_| now <= self.run_at.plus(MAX_UNATTENDED));
        let claim = Claim {
            lease,
            state: self.state.0.clone(),
            causes: self.causes.0.clone(),
            cancel_requested: self.cancel_requested,
            waiting_since: self.waiting_since.map(|at| at.0),
            now: now.0,
        };
        (claim, self)
    }

    /// Sets the terminal state and clears the lease.
    pub(in crate::store) fn end(&mut self, ending: &Ending, now: Micros) -> ProgressUpdate {
        let state = job::ended(&self.state, ending, now.0);
        self.state = Json(state.clone());
        self.ended_at = Some(now);
        self.waiting_since = None;
        self.clear_lease();
        state
    }

    /// Takes the lease from a worker that died, which counts as an attempt. Ends the job if it was cancelled, or if too many workers died.
    /// Returns the terminal state.
    pub(in crate::store) fn reap(&mut self, max_attempts: u32, now: Micros) -> Option<ProgressUpdate> {
        self.attempts += i64::from(self.lease_token.is_some());
        self.clear_lease();
        if self.cancel_requested {
            Some(self.end(&Ending::Cancelled, now))
        } else if self.attempts >= i64::from(max_attempts) {
            Some(self.end(&job::poisoned(max_attempts), now))
        } else {
            None
        }
    }

    /// Clears the lease and waits because the source is unavailable. Only the first waiting state is an event. Returns the events.
    pub(in crate::store) fn wait(&mut self, reason: WaitingReason, until: Micros, now: Micros) -> Vec<ProgressUpdate> {
        self.waiting_since = (reason != WaitingReason::Quota).then_some(self.waiting_since.unwrap_or(now));
        let begins = self.state.retry_at.is_none();
        let state = job::waiting(&self.state, reason, until.0, now.0);
        self.state = Json(state.clone());
        self.run_at = until;
        self.clear_lease();
        if begins { vec![state] } else { Vec::new() }
    }

    /// True if the job was cancelled; its untried items must then be cancelled, too.
    pub(in crate::store) fn is_cancelled(&self) -> bool {
        self.state.status == JobStatus::Cancelled
    }

    /// The `seq` of its state.
    pub(in crate::store) fn seq(&self) -> i64 {
        seq(&self.state)
    }

    /// The state to return after the commit.
    pub(in crate::store) fn written(self) -> Written {
        Written::Stored { state: Box::new(self.state.0), causes: self.causes.0, cancel_requested: self.cancel_requested }
    }

    fn clear_lease(&mut self) {
        self.lease_until = None;
        self.lease_token = None;
    }
}
