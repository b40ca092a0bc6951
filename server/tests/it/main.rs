//! Everything that needs a database, a bus or a socket: one binary, so that it links once.

mod store;
mod support;
