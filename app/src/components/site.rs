//! Around every page: its top and bottom, whether progress arrives, and what concerns the whole tab.

mod connection;
#[cfg(not(feature = "hydrate"))]
mod frame;
mod notices;
mod tab;

use connection::ConnectionBanner;
pub use connection::LiveMark;
#[cfg(not(feature = "hydrate"))]
pub use frame::{Footer, Header};
pub use tab::Tab;
