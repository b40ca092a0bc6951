//! Everything that needs a database, a bus or a socket: one binary, so that it links once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "clippy.toml allows them in tests, but does not see that helpers are tests")]

mod store;
mod support;
