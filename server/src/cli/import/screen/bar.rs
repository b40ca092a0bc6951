//! A bar on the terminal, all jobs in one; what stays is written as lines.

use std::{path::PathBuf, time::Duration};

use app::{
    progress::Link,
    wire::{ImportedList, Problem},
};
use indicatif::{ProgressBar, ProgressStyle};
use url::Url;
use uuid::Uuid;

use super::{Followed, Overall, Screen, lines::Lines, wording::clock};

/// How often the bar moves where nothing happens, so that it is seen to live.
const TICK: Duration = Duration::from_millis(200);
const TEMPLATE: &str = "{spinner} {bar:32} {pos}/{len} videos  {msg}";

/// On standard error, so that standard output holds what stays.
#[derive(Default)]
pub(super) struct Bar {
    /// Begins with the first state of a job.
    bar: Option<ProgressBar>,
    /// What is said before and after it.
    lines: Lines,
    message: String,
}

impl Bar {
    fn say(&self, message: String) {
        if let Some(bar) = &self.bar {
            bar.set_message(message);
        }
    }

    fn show(&mut self, overall: &Overall) {
        let bar = self.bar.get_or_insert_with(begin);
        bar.set_length(overall.total);
        bar.set_position(overall.current);
        bar.set_message(self.message.clone());
    }
}

fn begin() -> ProgressBar {
    // A template that cannot be read is the plain bar; this one can.
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style.progress_chars("━╸ "));
    bar.enable_steady_tick(TICK);
    bar
}

impl Screen for Bar {
    fn taken(&mut self, list: &ImportedList, is_preview: bool) {
        self.lines.taken(list, is_preview);
    }

    fn progress(&mut self, job: &Followed, overall: &Overall) {
        let mut parts = Vec::new();
        if overall.failed > 0 {
            parts.push(format!("{} failed", overall.failed));
        }
        if overall.jobs > 1 {
            parts.push(format!("{} of {} lists", overall.ended, overall.jobs));
        }
        if job.state.retry_at.is_some() {
            parts.push("waiting for YouTube".into());
        } else if let Some(seconds) = overall.eta_seconds {
            parts.push(format!("{} to go", clock(seconds)));
        }
        self.message = parts.join(" · ");
        self.show(overall);
    }

    fn link(&mut self, link: Link) {
        match link {
            Link::Lost { seconds: 0 } => self.say("reconnecting…".into()),
            Link::Lost { seconds } => self.say(format!("connection lost; trying again in {seconds} s")),
            Link::Live | Link::Idle => self.say(self.message.clone()),
        }
    }

    fn ended(&mut self, job: &Followed, receipt: Result<PathBuf, Problem>) {
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
