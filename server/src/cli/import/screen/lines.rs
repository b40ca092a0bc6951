//! Where no terminal is: a line for each tenth of the way, and for what holds it up.

use std::path::PathBuf;

use app::{
    progress::Link,
    wire::{ImportedList, Problem},
};
use url::Url;
use uuid::Uuid;

use super::{Followed, Overall, Screen, complain, say, wording};

/// Tells every so many parts of the whole.
const PARTS: u64 = 10;

#[derive(Default)]
pub(super) struct Lines {
    part: u64,
    waiting: bool,
    lost: bool,
}

impl Screen for Lines {
    fn taken(&mut self, list: &ImportedList, is_preview: bool) {
        wording::taken(list, is_preview).iter().for_each(|line| say(line));
    }

    fn progress(&mut self, job: &Followed, overall: &Overall) {
        let part = overall.current * PARTS / overall.total.max(1);
        if part > self.part {
            self.part = part;
            say(&format!("{}/{} videos, {} failed", overall.current, overall.total, overall.failed));
        }
        let waiting = job.state.retry_at.is_some();
        if waiting && !self.waiting {
            say(&job.state.message);
        }
        self.waiting = waiting;
    }

    fn link(&mut self, link: Link) {
        let lost = link != Link::Live;
        if lost && !self.lost {
            complain("The connection is lost; the job goes on. Reconnecting...");
        }
        self.lost = lost;
    }

    fn ended(&mut self, job: &Followed, receipt: Result<PathBuf, Problem>) {
        say(&wording::ended(job));
        match receipt {
            Ok(path) => say(&format!("Receipt: {}", path.display())),
            Err(_) if job.removed => {}
            Err(problem) => complain(&problem.detail),
        }
    }

    fn detached(&mut self, jobs: &[Uuid], server: &Url) {
        wording::detached(jobs, server).iter().for_each(|line| complain(line));
    }

    fn refused(&mut self, problem: &Problem) {
        complain(&format!("playmarks: {}", problem.detail));
    }
}
