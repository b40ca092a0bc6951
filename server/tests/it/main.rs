//! One binary with every integration test.

mod bus;
mod socket;
