//! The edge to the browser: HTTP, WebSocket, clock and page lifecycle. It carries bytes and events; decisions are made in `progress`.

pub(crate) mod engine;
mod inbox;
pub(crate) mod page;
pub(crate) mod rest;
mod socket;
