//! What server and browser share: wire types, progress logic, pages.
//!
//! | module | owns |
//! | --- | --- |
//! | [`wire`] | the contract as types |
//! | [`progress`] | progress updates turned into cards; connection and revalidation as state machines; pure |
//! | [`backend`] | the data source of pages, a trait |
//! | `live` | the board and the connection as signals |
//! | `app`, `pages` | routes; pages with their static parts, a folder per page; not in the WASM |
//! | `islands` | the interactive parts of pages, the only ones in the WASM, and the rules that keep it small |
//! | `components` | the components of islands |
//! | `actions` | what users do by script |
//! | [`wording`] | dates, durations, statuses and problems as text; pure |
//! | `fragments` | HTML fragments; server only |
//! | `shell` | the HTML document; server only |
//! | `browser` | the edge to the browser: HTTP, WebSocket, page lifecycle |
//! | `entry` | the browser's entry point: contexts and hydration; browser only |
//!
//! The server renders complete pages (feature `ssr`), the browser hydrates their islands (`hydrate`). Without a server the browser renders
//! the same pages itself (`csr`).

// The type of a view that is not erased contains its whole tree.
#![recursion_limit = "256"]

mod actions;
#[cfg(not(feature = "hydrate"))]
mod app;
pub mod backend;
mod browser;
mod components;
#[cfg(feature = "browser")]
pub mod entry;
#[cfg(feature = "ssr")]
pub mod fragments;
mod islands;
mod live;
#[cfg(not(feature = "hydrate"))]
pub mod page_status;
#[cfg(not(feature = "hydrate"))]
mod pages;
pub mod progress;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(not(feature = "hydrate"))]
mod visitor;
pub mod wire;
pub mod wording;

#[cfg(not(feature = "hydrate"))]
pub use app::App;
