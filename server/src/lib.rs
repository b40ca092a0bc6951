//! The server: REST, WebSocket, worker, and the pages rendered before the browser takes over.

pub mod api;
pub mod auth;
pub mod bus;
pub mod config;
pub mod error;
pub mod forms;
pub mod hub;
pub mod import;
pub mod job;
pub mod metadata;
pub mod state;
pub mod store;
pub mod ws;
