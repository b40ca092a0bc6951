//! The server as its clients see it: one binary for all tests that start one.

mod api;
