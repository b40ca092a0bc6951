//! What the browser makes of progress updates: the board of cards, the connection's decisions, when a page is fetched again, the pauses between tries.
//! Pure: time and chance are passed in, nothing is fetched or opened here. `browser` carries the bytes.

mod backoff;
mod board;
mod connection;
mod history;
mod outline;
mod revalidation;
mod timeline;

pub use backoff::Backoff;
pub(crate) use board::{Board, Card, Change, Changes};
pub use connection::{Action, Connection, Input, Link};
pub use history::{CatchUp, next_query};
pub use outline::{Failures, Outline};
pub(crate) use revalidation::{Revalidation, RevalidationAction, RevalidationEvent};
pub use timeline::Timeline;
