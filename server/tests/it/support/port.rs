//! Ports for servers that come back on the same one.

use std::net::{Ipv4Addr, TcpListener};

use uuid::Uuid;

/// A port that nobody listens on. Not one that the system gives to outgoing connections: those would take it while its server is away.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = 10_000 + (Uuid::new_v4().as_u128() % 20_000) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
