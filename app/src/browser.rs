//! The browser's edge: HTTP, the socket, the clock, the tab's comings and goings. It carries bytes and events; decisions are in `progress`.

pub(crate) mod engine;
mod inbox;
pub(crate) mod page;
pub(crate) mod rest;
mod socket;
