//! The jobs that are followed, each with its newest known state. Pure.

use app::wire::{Causes, Job, JobStatus, ProgressUpdate, Timestamp};
use uuid::Uuid;

use crate::job;

/// One job.
pub(super) struct Followed {
    /// Where its videos go, as the user calls it.
    pub(super) list_name: Option<String>,
    /// Its newest known state.
    pub(super) state: ProgressUpdate,
    /// Failures by cause; known at the end.
    pub(super) causes: Causes,
    /// The server does not have it any more: its list was deleted.
    pub(super) removed: bool,
}

impl Followed {
    /// One that an upload has just begun.
    pub(super) fn uploaded(job_id: Uuid, list_id: Uuid, list_name: &str, total: u32) -> Self {
        let state = job::pending(job_id, list_id, total, Timestamp::from_micros(0));
        // Older than the oldest event: all of them are news.
        let state = ProgressUpdate { seq: Some(0), created_at: None, ..state };
        Self { list_name: Some(list_name.into()), state, causes: Causes::new(), removed: false }
    }

    /// One that was there before.
    pub(super) fn watched(job: Job) -> Self {
        Self { list_name: None, state: job.state, causes: job.causes, removed: false }
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

/// All of them, in the file's order.
pub(super) struct Jobs(Vec<Followed>);

/// All jobs as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Overall {
    pub(super) jobs: usize,
    pub(super) ended: usize,
    pub(super) current: u64,
    pub(super) total: u64,
    pub(super) failed: u64,
    /// Of the only job that runs; several say nothing about the end of all.
    pub(super) eta_seconds: Option<u32>,
}

impl Jobs {
    pub(super) fn new(jobs: Vec<Followed>) -> Self {
        Self(jobs)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn all(&self) -> &[Followed] {
        &self.0
    }

    pub(super) fn all_mut(&mut self) -> &mut [Followed] {
        &mut self.0
    }

    pub(super) fn running(&self) -> Vec<Uuid> {
        self.0.iter().filter(|job| !job.has_ended()).map(Followed::id).collect()
    }

    pub(super) fn have_ended(&self) -> bool {
        self.0.iter().all(Followed::has_ended)
    }

    pub(super) fn have_succeeded(&self) -> bool {
        self.0.iter().all(|job| job.state.status == JobStatus::Completed)
    }

    /// What is known of a job; `None` for one that is not followed.
    pub(super) fn get_mut(&mut self, job_id: Uuid) -> Option<&mut Followed> {
        self.0.iter_mut().find(|job| job.id() == job_id)
    }

    /// Takes a state that is newer than the known one. What has no `seq` is not from our worker, and nothing follows a terminal state.
    pub(super) fn take(&mut self, update: ProgressUpdate) -> Option<&Followed> {
        let job = self.get_mut(update.job_id)?;
        if job.has_ended() || update.seq <= job.state.seq {
            return None;
        }
        job.state = update;
        Some(job)
    }

    pub(super) fn overall(&self) -> Overall {
        let mut all = Overall { jobs: self.len(), ..Overall::default() };
        for job in &self.0 {
            all.ended += usize::from(job.has_ended());
            all.current += u64::from(job.state.current_video);
            all.total += u64::from(job.state.total_videos);
            all.failed += u64::from(job.failed());
        }
        if all.ended + 1 == all.jobs {
            all.eta_seconds = self.0.iter().find(|job| !job.has_ended()).and_then(|job| job.state.eta_seconds);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs() -> Jobs {
        Jobs::new((1..=2).map(|n| Followed::uploaded(Uuid::from_u128(n), Uuid::nil(), "List", 4)).collect())
    }

    fn state(job: u128, seq: u64, status: JobStatus) -> ProgressUpdate {
        let pending = job::pending(Uuid::from_u128(job), Uuid::nil(), 4, Timestamp::from_micros(1));
        ProgressUpdate { seq: Some(seq), status, current_video: 2, failed_videos: Some(1), eta_seconds: Some(9), ..pending }
    }

    #[test]
    fn only_what_is_newer_counts() {
        let mut jobs = jobs();
        assert!(jobs.take(state(1, 1, JobStatus::Processing)).is_some());
        assert!(jobs.take(state(1, 1, JobStatus::Processing)).is_none(), "known");
        assert!(jobs.take(ProgressUpdate { seq: None, ..state(1, 1, JobStatus::Failed) }).is_none(), "a stranger's");
        assert!(jobs.take(state(3, 9, JobStatus::Processing)).is_none(), "not followed");
        assert!(jobs.take(state(1, 7, JobStatus::Completed)).is_some());
        assert!(jobs.take(state(1, 8, JobStatus::Processing)).is_none(), "nothing follows the end");
        assert_eq!(jobs.running(), [Uuid::from_u128(2)]);
        assert!(!jobs.have_succeeded() && !jobs.have_ended());
    }

    #[test]
    fn jobs_add_up() {
        let mut jobs = jobs();
        jobs.take(state(1, 1, JobStatus::Processing));
        jobs.take(state(2, 1, JobStatus::Processing));
        assert_eq!(jobs.overall(), Overall { jobs: 2, ended: 0, current: 4, total: 8, failed: 2, eta_seconds: None });
        jobs.get_mut(Uuid::from_u128(1)).unwrap().removed = true;
        assert_eq!(jobs.overall(), Overall { jobs: 2, ended: 1, current: 4, total: 8, failed: 2, eta_seconds: Some(9) });
    }
}
