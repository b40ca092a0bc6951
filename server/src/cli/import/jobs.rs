//! The followed jobs, each with its newest known state. Pure.

use app::{
    progress::queued_state,
    wire::{Causes, Job, JobStatus, ProgressUpdate, SourceBlock, Timestamp},
};
use uuid::Uuid;

use crate::job;

pub(super) struct FollowedJob {
    /// The name of its file, where that is known.
    pub(super) source_name: Option<String>,
    /// `None` for a job that was not started here.
    pub(super) list_name: Option<String>,
    pub(super) state: ProgressUpdate,
    /// Read when the job has ended.
    pub(super) causes: Causes,
    /// Deleted at the server, with its list.
    pub(super) removed: bool,
}

impl FollowedJob {
    /// Started by an upload a moment ago.
    pub(super) fn uploaded(job_id: Uuid, list_id: Uuid, list_name: &str, total: u32) -> Self {
        let state = job::pending(job_id, list_id, total, Timestamp::from_micros(0));
        // Below the `seq` of every event, so that all of them apply.
        let state = ProgressUpdate { seq: Some(0), created_at: None, ..state };
        Self { source_name: None, list_name: Some(list_name.into()), state, causes: Causes::new(), removed: false }
    }

    /// Started earlier.
    pub(super) fn watched(job: Job) -> Self {
        Self { source_name: Some(job.source_name), list_name: None, state: job.state, causes: job.causes, removed: false }
    }

    pub(super) fn id(&self) -> Uuid {
        self.state.job_id
    }

    pub(super) fn has_ended(&self) -> bool {
        self.removed || self.state.status.is_terminal()
    }

    pub(super) fn failed(&self) -> u32 {
        self.state.failed_videos.unwrap_or(0)
    }

    pub(super) fn succeeded(&self) -> u32 {
        self.state.current_video.saturating_sub(self.failed())
    }

    pub(super) fn not_tried(&self) -> u32 {
        self.state.total_videos.saturating_sub(self.state.current_video)
    }
}

/// In the order of the files.
pub(super) struct Jobs(Vec<FollowedJob>);

/// The sums over all jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Overall {
    pub(super) jobs: usize,
    pub(super) ended: usize,
    pub(super) current: u64,
    pub(super) total: u64,
    pub(super) failed: u64,
    /// Known only while one job is left.
    pub(super) eta_seconds: Option<u32>,
}

impl Jobs {
    pub(super) fn new(jobs: Vec<FollowedJob>) -> Self {
        Self(jobs)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, FollowedJob> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, FollowedJob> {
        self.0.iter_mut()
    }

    pub(super) fn running_ids(&self) -> Vec<Uuid> {
        self.0.iter().filter(|job| !job.has_ended()).map(FollowedJob::id).collect()
    }

    pub(super) fn all_ended(&self) -> bool {
        self.0.iter().all(FollowedJob::has_ended)
    }

    pub(super) fn all_succeeded(&self) -> bool {
        self.0.iter().all(|job| job.state.status == JobStatus::Completed)
    }

    /// `None` for a job that is not followed.
    pub(super) fn get_mut(&mut self, job_id: Uuid) -> Option<&mut FollowedJob> {
        self.0.iter_mut().find(|job| job.id() == job_id)
    }

    /// Jobs that no worker has wait for their source, or no longer. Returns those whose state this changes.
    pub(super) fn block(&mut self, block: Option<SourceBlock>) -> Vec<Uuid> {
        let mut changed = Vec::new();
        for job in self.0.iter_mut().filter(|job| !job.has_ended()) {
            let state = queued_state(job.state.clone(), block);
            if state != job.state {
                job.state = state;
                changed.push(job.id());
            }
        }
        changed
    }

    /// Applies a state if it is newer than the known one, and then returns the job. Ignores states without `seq`, which are not from our
    /// worker, and states after a terminal one.
    pub(super) fn apply(&mut self, update: ProgressUpdate) -> Option<&FollowedJob> {
        let job = self.get_mut(update.job_id)?;
        if job.has_ended() || update.seq <= job.state.seq {
            return None;
        }
        job.state = update;
        Some(job)
    }

    pub(super) fn overall(&self) -> Overall {
        let mut overall = Overall { jobs: self.len(), ..Overall::default() };
        for job in &self.0 {
            overall.ended += usize::from(job.has_ended());
            overall.current += u64::from(job.state.current_video);
            overall.total += u64::from(job.state.total_videos);
            overall.failed += u64::from(job.failed());
        }
        if overall.ended + 1 == overall.jobs {
            overall.eta_seconds = self.0.iter().find(|job| !job.has_ended()).and_then(|job| job.state.eta_seconds);
        }
        overall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs() -> Jobs {
        Jobs::new((1..=2).map(|n| FollowedJob::uploaded(Uuid::from_u128(n), Uuid::nil(), "List", 4)).collect())
    }

    fn state(job: u128, seq: u64, status: JobStatus) -> ProgressUpdate {
        let pending = job::pending(Uuid::from_u128(job), Uuid::nil(), 4, Timestamp::from_micros(1));
        ProgressUpdate { seq: Some(seq), status, current_video: 2, failed_videos: Some(1), eta_seconds: Some(9), ..pending }
    }

    #[test]
    fn only_newer_states_are_applied() {
        let mut jobs = jobs();
        assert!(jobs.apply(state(1, 1, JobStatus::Processing)).is_some());
        assert!(jobs.apply(state(1, 1, JobStatus::Processing)).is_none(), "known");
        assert!(jobs.apply(ProgressUpdate { seq: None, ..state(1, 1, JobStatus::Failed) }).is_none(), "a stranger's");
        assert!(jobs.apply(state(3, 9, JobStatus::Processing)).is_none(), "not followed");
        assert!(jobs.apply(state(1, 7, JobStatus::Completed)).is_some());
        assert!(jobs.apply(state(1, 8, JobStatus::Processing)).is_none(), "nothing follows the end");
        assert_eq!(jobs.running_ids(), [Uuid::from_u128(2)]);
        assert!(!jobs.all_succeeded() && !jobs.all_ended());
    }

    #[test]
    fn overall_progress_is_the_sum_of_all_jobs() {
        let mut jobs = jobs();
        jobs.apply(state(1, 1, JobStatus::Processing));
        jobs.apply(state(2, 1, JobStatus::Processing));
        assert_eq!(jobs.overall(), Overall { jobs: 2, ended: 0, current: 4, total: 8, failed: 2, eta_seconds: None });
        jobs.get_mut(Uuid::from_u128(1)).unwrap().removed = true;
        assert_eq!(jobs.overall(), Overall { jobs: 2, ended: 1, current: 4, total: 8, failed: 2, eta_seconds: Some(9) });
    }
}
