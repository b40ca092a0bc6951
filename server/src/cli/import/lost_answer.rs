//! An upload that was sent, and whose answer was lost. Whether the import was stored is seen from the newest jobs of the account: those that
//! are newer than any before the upload, and have the name of one of its files.

use std::{path::PathBuf, time::Duration};

use app::wire::{Job, Problem};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{jobs::FollowedJob, problem, server::Server};
use crate::import::source_name;

/// How long to look. A server that is still storing the file when its client is gone stops or ends soon.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(15);
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// As many as the server lists at once; an import has one for each of its lists.
const MAX_JOBS: u32 = 500;

/// An import that was stored although its answer was lost.
pub(super) struct Recovered {
    pub(super) jobs: Vec<FollowedJob>,
    /// Whether it is known that no line was rejected.
    pub(super) is_complete: bool,
}

/// The newest job of the account.
pub(super) async fn newest_job(server: &Server) -> Result<Option<Job>, Problem> {
    Ok(server.newest_jobs(None, 1).await?.pop())
}

/// Looks for the jobs of an import of these files, into this list if it was one.
///
/// # Errors
/// No such job appeared within [`RECOVERY_TIMEOUT`].
pub(super) async fn recover(server: &Server, newest: Option<Job>, files: &[PathBuf], list_id: Option<Uuid>) -> Result<Recovered, Problem> {
    let names: Vec<String> = files.iter().flat_map(|file| names(file)).chain([format!("{} files", files.len())]).collect();
    let is_ours = |job: &Job| {
        let is_newer = newest.as_ref().is_none_or(|newest| job.id != newest.id && job.created_at >= newest.created_at);
        is_newer && job.retry_of.is_none() && names.contains(&job.source_name)
    };
    let until = Instant::now() + RECOVERY_TIMEOUT;
    loop {
        // One transaction stores all of them, so that those that are there are all.
        let found = server.newest_jobs(list_id, MAX_JOBS).await.map(|jobs| jobs.into_iter().filter(is_ours).collect::<Vec<_>>());
        match found {
            Ok(jobs) if !jobs.is_empty() => return follow(server, jobs, list_id.is_some()).await,
            _ if Instant::now() >= until => return Err(not_found()),
            // The server may be restarting.
            _ => sleep(POLL_INTERVAL).await,
        }
    }
}

/// What a job over this file may be called: the file's name, or its folder's, if files of one folder became one list.
fn names(file: &std::path::Path) -> impl Iterator<Item = String> {
    let parts = [file.file_name(), file.parent().and_then(std::path::Path::file_name)];
    parts.into_iter().flatten().map(|name| source_name(&name.to_string_lossy())).collect::<Vec<_>>().into_iter()
}

/// `has_all_lines`: the receipts have all lines of the file. Of several lists, some lines may be in none.
async fn follow(server: &Server, jobs: Vec<Job>, has_all_lines: bool) -> Result<Recovered, Problem> {
    let lists = server.lists().await?;
    let (mut is_complete, mut followed) = (has_all_lines, Vec::with_capacity(jobs.len()));
    // Newest first as they are listed.
    for job in jobs.into_iter().rev() {
        is_complete = is_complete && !server.has_rejected_lines(job.id).await?;
        let list_name = lists.iter().find(|list| list.id == job.list_id).map(|list| list.name.clone());
        followed.push(FollowedJob { list_name, ..FollowedJob::watched(job) });
    }
    Ok(Recovered { jobs: followed, is_complete })
}

fn not_found() -> Problem {
    let detail = "The connection broke after the upload was sent, and no import of it was found. Nothing was deleted. Look at the list, or run the \
                  command again: what is stored already is not imported twice.";
    problem("answer_lost", detail)
}
