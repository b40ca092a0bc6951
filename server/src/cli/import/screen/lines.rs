//! Without a terminal: a line for each tenth of the progress, and for what delays it.

use std::path::PathBuf;

use app::{
    progress::ConnectionStatus,
    wire::{ImportedList, Problem},
};
use url::Url;
use uuid::Uuid;

use super::{FollowedJob, Overall, Screen, print_error_line, print_line, wording};

/// The number of progress lines: one for each tenth.
const PROGRESS_LINES: u64 = 10;

#[derive(Default)]
pub(super) struct Lines {
    part: u64,
    is_waiting: bool,
    is_disconnected: bool,
}

impl Screen for Lines {
    fn list_imported(&mut self, list: &ImportedList, is_preview: bool) {
        wording::list_imported(list, is_preview).iter().for_each(|line| print_line(line));
    }

    fn recovered(&mut self, jobs: &[FollowedJob]) {
        wording::recovered(jobs).iter().for_each(|line| print_line(line));
    }

    fn progress(&mut self, job: &FollowedJob, overall: &Overall) {
        let part = overall.current * PROGRESS_LINES / overall.total.max(1);
        if part > self.part {
            self.part = part;
            print_line(&format!("{}/{} videos, {} failed", overall.current, overall.total, overall.failed));
        }
        let waiting = job.state.retry_at.is_some() || job.state.waiting_reason.is_some();
        if waiting && !self.is_waiting {
            print_line(&format!("{} ({})", job.state.message, wording::waiting(&job.state)));
        }
        self.is_waiting = waiting;
    }

    fn show_connection(&mut self, status: ConnectionStatus) {
        let lost = status != ConnectionStatus::Live;
        if lost && !self.is_disconnected {
            print_error_line("The connection is lost; the job continues. Reconnecting...");
        }
        self.is_disconnected = lost;
    }

    fn ended(&mut self, job: &FollowedJob, receipt: Result<PathBuf, Problem>) {
        print_line(&wording::ended(job));
        match receipt {
            Ok(path) => print_line(&format!("Receipt: {}", path.display())),
            Err(_) if job.removed => {}
            Err(problem) => print_error_line(&problem.detail),
        }
    }

    fn detached(&mut self, jobs: &[Uuid], server: &Url) {
        wording::detached(jobs, server).iter().for_each(|line| print_error_line(line));
    }

    fn refused(&mut self, problem: &Problem) {
        print_error_line(&format!("playmarks: {}", problem.detail));
    }
}
