//! What server and browser share.

pub mod backend;
#[cfg(feature = "browser")]
pub mod browser;
pub mod live;
pub mod progress;
pub mod wire;
