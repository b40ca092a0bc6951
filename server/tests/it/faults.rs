//! Real processes of the real binary, with real PostgreSQL and Redis behind proxies that break connections, and a checker that is shown
//! everything every client received and what the database holds at the end.

mod bus_away;
mod checker;
mod clients;
mod cluster;
mod disk;
mod figures;
mod hostile;
mod limits;
mod node;
mod postgres_away;
mod postgres_server;
mod postgres_silent;
mod process;
mod proxy;
mod readers;
mod recorder;
mod scale_out;
mod scene;
mod shutdown;
mod soak;
mod worker_frozen;
mod worker_killed;

use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};

/// How long anything may take that is to happen, on a machine that does much else.
const SOON: Duration = Duration::from_secs(60);

/// Thousands of sockets take as many files, on both sides.
fn open_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("up to its own maximum a process may raise it");
}

/// Returns when it is so; `what` is said where it does not become so.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let poll = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(SOON, poll).await.is_err() {
        panic!("not in {SOON:?}: {what}");
    }
}

/// A file with the first so many of two thousand ids, of which some are private, deleted, slow, or refused at first.
fn file(videos: usize) -> String {
    include_str!("../samples/large-2000.csv").lines().take(videos + 1).collect::<Vec<_>>().join("\n")
}
