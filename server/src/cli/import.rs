//! `playmarks import`: imports files into a running server, over the same API and WebSocket as the pages. It opens no database.

mod follow;
mod jobs;
mod lost_answer;
mod receipt;
mod screen;
mod server;
mod sign_in;
mod socket;
mod upload;

use std::{process::ExitCode, sync::Arc};

use app::wire::{ImportedList, Problem};

use self::{
    follow::{FollowEnd, Follower},
    jobs::{FollowedJob, Jobs},
    screen::Screen,
    server::Server,
    upload::UploadOutcome,
};
use crate::config::ImportArgs;

/// Every video of the files was found.
const EXIT_COMPLETE: u8 = 0;
/// Some were not.
const EXIT_INCOMPLETE: u8 = 1;
const EXIT_REFUSED: u8 = 2;
/// 128 + SIGINT, as in shells.
const EXIT_INTERRUPTED: u8 = 130;

/// Runs the import, shows its progress, and returns the exit code.
pub(super) async fn run(args: ImportArgs) -> ExitCode {
    let mut screen = screen::for_terminal(&args);
    let code = match import(&args, &mut *screen).await {
        Ok(code) => code,
        Err(problem) => {
            screen.refused(&problem);
            EXIT_REFUSED
        }
    };
    ExitCode::from(code)
}

async fn import(args: &ImportArgs, screen: &mut dyn Screen) -> Result<u8, Problem> {
    let server = Arc::new(sign_in::sign_in(args).await?);
    let result = import_and_follow(args, &server, screen).await;
    server.sign_out().await;
    result
}

async fn import_and_follow(args: &ImportArgs, server: &Arc<Server>, screen: &mut dyn Screen) -> Result<u8, Problem> {
    let (mut jobs, complete) = match args.watch {
        Some(job_id) => (Jobs::new(vec![FollowedJob::watched(server.job(job_id).await?)]), true),
        None => match upload::send(args, server).await? {
            UploadOutcome::Answered(lists) => {
                lists.iter().for_each(|list| screen.list_imported(list, args.dry_run));
                let complete = lists.iter().all(|list| list.result.rejected_count == 0);
                if args.dry_run {
                    return Ok(if complete && lists.iter().all(|list| list.result.invalid == 0) { EXIT_COMPLETE } else { EXIT_INCOMPLETE });
                }
                (Jobs::new(lists.iter().filter_map(followed_job).collect()), complete)
            }
            UploadOutcome::Recovered(found) => {
                screen.recovered(&found.jobs);
                (Jobs::new(found.jobs), found.is_complete)
            }
        },
    };
    if !jobs.all_ended() && Follower::new(server, &mut jobs, screen).run().await? == FollowEnd::Interrupted {
        screen.detached(&jobs.running_ids(), &args.server);
        return Ok(EXIT_INTERRUPTED);
    }
    // Once the program has listened for Ctrl-C, the signal no longer ends it by itself.
    tokio::select! {
        () = report_results(args, server, &mut jobs, screen) => {}
        _ = tokio::signal::ctrl_c() => return Ok(EXIT_INTERRUPTED),
    }
    Ok(if complete && jobs.all_succeeded() { EXIT_COMPLETE } else { EXIT_INCOMPLETE })
}

/// Shows the result of each job, and saves its receipt.
async fn report_results(args: &ImportArgs, server: &Server, jobs: &mut Jobs, screen: &mut dyn Screen) {
    let several = jobs.len() > 1;
    for job in jobs.iter_mut() {
        // States on the WebSocket have no causes. If the job cannot be read, they are still in the receipt.
        if let Ok(ended) = server.job(job.id()).await {
            job.causes = ended.causes;
        }
        let saved = receipt::save(args, server, job, several).await;
        screen.ended(job, saved);
    }
}

fn followed_job(list: &ImportedList) -> Option<FollowedJob> {
    let job = FollowedJob::uploaded(list.result.job_id?, list.list_id?, &list.list_name, list.result.accepted);
    Some(FollowedJob { source_name: list.source_name.clone(), ..job })
}

/// A problem that the server does not know of.
fn problem(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(0, code, "Not possible", detail)
}
