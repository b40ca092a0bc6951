//! All tests that need a database, a bus, a socket or the whole server: one binary, so that it is linked only once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "clippy.toml allows them in tests, but does not see that helpers are tests")]

mod api;
mod bus;
mod conventions;
mod faults;
mod neighbours;
mod socket;
mod store;
mod support;
mod system;
mod worker;
