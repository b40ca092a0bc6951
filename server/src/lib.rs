//! The server: REST, WebSocket, worker, and the pages rendered before the browser takes over.

mod api;
mod assets;
pub mod auth;
pub mod bus;
pub mod cli;
pub mod config;
pub mod error;
pub mod export;
mod forms;
pub mod formula;
pub mod hub;
pub mod import;
pub mod job;
pub mod metadata;
mod pages;
pub mod router;
pub mod startup;
pub mod state;
pub mod stop_points;
pub mod store;
mod telemetry;
pub mod worker;
pub mod ws;
