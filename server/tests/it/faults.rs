//! Fault injection: processes of the real binary, PostgreSQL and Redis behind proxies that break connections, and a checker of everything that
//! clients received and the database holds at the end.

mod bus_away;
mod checker;
mod clients;
mod cluster;
mod disk;
mod hostile;
mod limits;
mod node;
mod postgres_away;
mod postgres_server;
mod postgres_silent;
mod process;
mod process_metrics;
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

/// For everything that is waited for; generous, because the machine may be busy.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Thousands of sockets need as many open files, on both sides.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("a process may raise its soft limit");
}

/// Returns when it is so; `what` is said where it does not become so.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let poll = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(TIMEOUT, poll).await.is_err() {
        panic!("not in {TIMEOUT:?}: {what}");
    }
}

/// A file with so many of two thousand ids, some of which are private, deleted, slow, or rate-limited at first.
fn file(videos: usize) -> String {
    include_str!("../samples/large-2000.csv").lines().take(videos + 1).collect::<Vec<_>>().join("\n")
}
