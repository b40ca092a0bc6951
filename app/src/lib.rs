//! What server and browser share.

pub mod backend;
pub mod live;
pub mod progress;
pub mod wire;
