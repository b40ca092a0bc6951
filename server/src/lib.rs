//! The server: REST, WebSocket, worker, and the pages rendered before the browser takes over.

pub mod api;
pub mod assets;
pub mod auth;
pub mod bus;
pub mod cli;
pub mod config;
pub mod error;
pub mod export;
pub mod forms;
pub mod formula;
pub mod hub;
pub mod import;
pub mod job;
pub mod metadata;
pub mod pages;
pub mod router;
pub mod startup;
pub mod state;
pub mod stop_points;
pub mod store;
pub mod telemetry;
pub mod worker;
pub mod ws;
