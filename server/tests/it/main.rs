//! One binary with every integration test.

mod api;
mod bus;
mod socket;
mod store;
mod support;
mod system;
