//! Fault injection: processes of the real binary, PostgreSQL and Redis behind proxies that break connections, and a checker of everything that
//! clients received and the database holds at the end.

mod bus_away;
mod checker;
mod clients;
pub(crate) mod cluster;
mod disk;
mod failover;
mod harness;
mod hostile;
mod limits;
pub(crate) mod node;
mod postgres_away;
mod postgres_server;
mod postgres_silent;
mod process;
mod process_metrics;
mod proxy;
mod readers;
mod recorder;
mod scale_out;
mod shutdown;
mod soak;
mod source;
mod worker_frozen;
mod worker_killed;

use rustix::process::{Resource, getrlimit, setrlimit};

/// Thousands of sockets need as many open files, on both sides.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("a process may raise its soft limit");
}

/// A file with this many of two thousand ids, some of which are private, deleted, slow, or rate-limited at first.
pub(crate) fn file(videos: usize) -> String {
    include_str!("../samples/large-2000.csv").lines().take(videos + 1).collect::<Vec<_>>().join("\n")
}
