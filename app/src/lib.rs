//! What server and browser share; no input or output of its own.
//!
//! | module | owns |
//! | --- | --- |
//! | [`wire`] | the contract as types |
//! | [`progress`] | what the browser makes of progress updates; pure |
//! | [`backend`] | the trait by which pages get their data |
//! | `live` | the board and the connection as signals |
//! | `app`, `pages` | the routes; a file a page, a folder for its parts: loads data, arranges islands and what stands still; not in the WASM |
//! | `islands` | the parts of pages that move, which alone are in the WASM; the rule that keeps it small |
//! | `components` | what islands are made of: shows data, asks for actions |
//! | `actions` | what a user's hand asks of the server, by script |
//! | [`wording`] | how dates, lengths and problems are said; pure |
//! | `fragments` | parts of pages that the server sends by themselves; server only |
//! | `shell` | the HTML document; server only |
//! | `browser` | the browser's edge: HTTP, the socket, the tab |
//! | `entry` | what the browser does first: contexts, then islands; browser only |
//!
//! The server renders whole pages (feature `ssr`), the browser wakes their islands (`hydrate`). Without a server the browser renders the
//! same pages by itself (`csr`).

// A view that is not erased has its whole tree in its type.
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
