//! One progress bar for all jobs; results are printed as lines.

use std::{path::PathBuf, time::Duration};

use app::{
    progress::ConnectionStatus,
    wire::{ImportedList, Problem},
};
use indicatif::{ProgressBar, ProgressStyle};
use url::Url;
use uuid::Uuid;

use super::{
    FollowedJob, Overall, Screen,
    lines::Lines,
    wording::{clock, waiting},
};

/// How often the spinner moves.
const SPINNER_INTERVAL: Duration = Duration::from_millis(200);
const TEMPLATE: &str = "{spinner} {bar:32} {pos}/{len} videos  {msg}";

/// The bar is on standard error; standard output has the results.
#[derive(Default)]
pub(super) struct Bar {
    /// Created with the first state of a job.
    bar: Option<ProgressBar>,
    /// Prints the results.
    lines: Lines,
    message: String,
}

impl Bar {
    fn show_message(&self, message: String) {
        if let Some(bar) = &self.bar {
            bar.set_message(message);
        }
    }

    fn show(&mut self, overall: &Overall) {
        let bar = self.bar.get_or_insert_with(new_bar);
        bar.set_length(overall.total);
        bar.set_position(overall.current);
        bar.set_message(self.message.clone());
    }
}

fn new_bar() -> ProgressBar {
    // The default is never used: the template is valid.
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style.progress_chars("━╸ "));
    bar.enable_steady_tick(SPINNER_INTERVAL);
    bar
}

impl Screen for Bar {
    fn list_imported(&mut self, list: &ImportedList, is_preview: bool) {
        self.lines.list_imported(list, is_preview);
    }

    fn recovered(&mut self, jobs: &[FollowedJob]) {
        self.lines.recovered(jobs);
    }

    fn progress(&mut self, job: &FollowedJob, overall: &Overall) {
        let mut parts = Vec::new();
        if overall.failed > 0 {
            parts.push(format!("{} failed", overall.failed));
        }
        if overall.jobs > 1 {
            parts.push(format!("{} of {} lists", overall.ended, overall.jobs));
        }
        if job.state.retry_at.is_some() || job.state.waiting_reason.is_some() {
            parts.push(waiting(&job.state));
        } else if let Some(seconds) = overall.eta_seconds {
            parts.push(format!("{} to go", clock(seconds)));
        }
        self.message = parts.join(" · ");
        self.show(overall);
    }

    fn show_connection(&mut self, status: ConnectionStatus) {
        match status {
            ConnectionStatus::Lost { seconds: 0 } => self.show_message("reconnecting…".into()),
            ConnectionStatus::Lost { seconds } => self.show_message(format!("connection lost; trying again in {seconds} s")),
            ConnectionStatus::Live | ConnectionStatus::Idle => self.show_message(self.message.clone()),
        }
    }

    fn ended(&mut self, job: &FollowedJob, receipt: Result<PathBuf, Problem>) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.lines.ended(job, receipt);
    }

    fn detached(&mut self, jobs: &[Uuid], server: &Url) {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
        self.lines.detached(jobs, server);
    }

    fn refused(&mut self, problem: &Problem) {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
        self.lines.refused(problem);
    }
}
