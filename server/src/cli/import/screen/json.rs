//! For scripts: one JSON object a line. The names are a contract: see `playmarks import --help`.

use std::path::PathBuf;

use app::{
    progress::ConnectionStatus,
    wire::{Causes, ImportedList, Problem, ProgressUpdate},
};
use serde::Serialize;
use url::Url;
use uuid::Uuid;

use super::{FollowedJob, Overall, Screen, print_line};

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Previewed(&'a ImportedList),
    Uploaded(&'a ImportedList),
    Recovered {
        jobs: Vec<Uuid>,
    },
    Progress(&'a ProgressUpdate),
    Connection {
        live: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_in_seconds: Option<u32>,
    },
    Ended(Ended<'a>),
    Detached {
        jobs: &'a [Uuid],
    },
    Refused {
        code: &'a str,
        detail: &'a str,
    },
}

#[derive(Serialize)]
struct Ended<'a> {
    job_id: Uuid,
    list_id: Option<Uuid>,
    status: &'static str,
    total: u32,
    succeeded: u32,
    failed: u32,
    not_tried: u32,
    causes: &'a Causes,
    receipt: Option<String>,
}

pub(super) struct Json {
    is_live: bool,
}

impl Json {
    pub(super) const fn new() -> Self {
        Self { is_live: true }
    }
}

fn print(line: &Line<'_>) {
    if let Ok(line) = serde_json::to_string(line) {
        print_line(&line);
    }
}

impl Screen for Json {
    fn list_imported(&mut self, list: &ImportedList, is_preview: bool) {
        print(&if is_preview { Line::Previewed(list) } else { Line::Uploaded(list) });
    }

    fn recovered(&mut self, jobs: &[FollowedJob]) {
        print(&Line::Recovered { jobs: jobs.iter().map(FollowedJob::id).collect() });
    }

    fn progress(&mut self, job: &FollowedJob, _: &Overall) {
        print(&Line::Progress(&job.state));
    }

    /// Printed when it changes, not at every second of the countdown.
    fn show_connection(&mut self, status: ConnectionStatus) {
        let live = status == ConnectionStatus::Live;
        if live != self.is_live {
            self.is_live = live;
            let retry_in_seconds = if let ConnectionStatus::Lost { seconds } = status { Some(seconds) } else { None };
            print(&Line::Connection { live, retry_in_seconds });
        }
    }

    fn ended(&mut self, job: &FollowedJob, receipt: Result<PathBuf, Problem>) {
        print(&Line::Ended(Ended {
            job_id: job.id(),
            list_id: job.state.list_id,
            status: if job.removed { "removed" } else { job.state.status.as_str() },
            total: job.state.total_videos,
            succeeded: job.succeeded(),
            failed: job.failed(),
            not_tried: job.not_tried(),
            causes: &job.causes,
            receipt: receipt.ok().map(|path| path.display().to_string()),
        }));
    }

    fn detached(&mut self, jobs: &[Uuid], _: &Url) {
        print(&Line::Detached { jobs });
    }

    fn refused(&mut self, problem: &Problem) {
        print(&Line::Refused { code: &problem.code, detail: &problem.detail });
    }
}
