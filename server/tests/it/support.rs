//! Shared by all tests: waiting, ports, databases, users and sockets.

pub(crate) mod database;
pub(crate) mod person;
pub(crate) mod socket;
#[path = "../zip.rs"]
pub(crate) mod zip;

use std::{
    net::{Ipv4Addr, TcpListener},
    process::Child,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use uuid::Uuid;

/// Sends a signal to a child.
pub(crate) fn signal(child: &Child, signal: Signal) {
    kill_process(pid(child), signal).expect("the child has not been waited for");
}

pub(crate) fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// For all waiting; generous, because the machine may be busy.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Returns as soon as the condition holds; panics with `what` if it does not within [`TIMEOUT`].
pub(crate) async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let polling = async {
        while !condition().await {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    if tokio::time::timeout(TIMEOUT, polling).await.is_err() {
        panic!("not within {TIMEOUT:?}: {what}");
    }
}

/// A port on which nothing listens. Not from the ephemeral range, because an outgoing connection could take it while its server is down.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = 10_000 + (Uuid::new_v4().as_u128() % 20_000) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
