//! `playmarks import`: a file into a running server from the terminal, by the same API and WebSocket as the page. It opens no database.

mod follow;
mod jobs;
mod receipt;
mod screen;
mod server;
mod sign_in;
mod socket;
mod upload;

use std::{process::ExitCode, sync::Arc};

use app::wire::{ImportedList, Problem};

use self::{
    follow::{End, Follower},
    jobs::{Followed, Jobs},
    screen::Screen,
    server::Server,
};
use crate::config::ImportArgs;

/// Everything of the file is there.
const ALL_WELL: u8 = 0;
/// Some of it is not.
const SOME_FAILED: u8 = 1;
/// Nothing could be done.
const REFUSED: u8 = 2;
/// 128 + SIGINT, as shells have it.
const INTERRUPTED: u8 = 130;

/// Does it, and says what became of it on the screen.
pub(super) async fn run(args: ImportArgs) -> ExitCode {
    let mut screen = screen::choose(&args);
    let code = match import(&args, &mut *screen).await {
        Ok(code) => code,
        Err(problem) => {
            screen.refused(&problem);
            REFUSED
        }
    };
    ExitCode::from(code)
}

async fn import(args: &ImportArgs, screen: &mut dyn Screen) -> Result<u8, Problem> {
    let server = Arc::new(sign_in::enter(args).await?);
    let worked = work(args, &server, screen).await;
    server.sign_out().await;
    worked
}

async fn work(args: &ImportArgs, server: &Arc<Server>, screen: &mut dyn Screen) -> Result<u8, Problem> {
    let (mut jobs, complete) = match (args.watch, &args.file) {
        (Some(job_id), _) => (Jobs::new(vec![Followed::watched(server.job(job_id).await?)]), true),
        (None, Some(file)) => {
            let lists = upload::send(args, file, server).await?;
            lists.iter().for_each(|list| screen.taken(list, args.dry_run));
            let complete = lists.iter().all(|list| list.result.rejected_count == 0);
            if args.dry_run {
                return Ok(if complete { ALL_WELL } else { SOME_FAILED });
            }
            (Jobs::new(lists.iter().filter_map(followed).collect()), complete)
        }
        // clap has refused it.
        (None, None) => return Err(problem("file_missing", "Name the file to import.")),
    };
    if !jobs.have_ended() && Follower::new(server, &mut jobs, screen).run().await? == End::Interrupted {
        screen.detached(&jobs.running(), &args.server);
        return Ok(INTERRUPTED);
    }
    // Whoever has been listened to once for Ctrl-C is not stopped by it any more, unless somebody goes on listening.
    tokio::select! {
        () = tell(args, server, &mut jobs, screen) => {}
        _ = tokio::signal::ctrl_c() => return Ok(INTERRUPTED),
    }
    Ok(if complete && jobs.have_succeeded() { ALL_WELL } else { SOME_FAILED })
}

/// Says what became of each job, and saves its receipt.
async fn tell(args: &ImportArgs, server: &Server, jobs: &mut Jobs, screen: &mut dyn Screen) {
    let several = jobs.len() > 1;
    for job in jobs.all_mut() {
        // Only the job knows why its videos failed; without an answer, the receipt does.
        if let Ok(ended) = server.job(job.id()).await {
            job.causes = ended.causes;
        }
        let saved = receipt::save(args, server, job, several).await;
        screen.ended(job, saved);
    }
}

fn followed(list: &ImportedList) -> Option<Followed> {
    Some(Followed::uploaded(list.result.job_id?, list.list_id?, &list.list_name, list.result.accepted))
}

/// A problem found on this side.
fn problem(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(0, code, "Not possible", detail)
}
