//! What the browser makes of progress updates; pure, so that it is tested natively.

mod board;

pub use board::{Board, Card};
