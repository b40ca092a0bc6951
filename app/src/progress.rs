//! What a client does with progress updates: the board of cards, and connection, revalidation and backoff as state machines. Pure: time and
//! randomness are passed in; `browser` does the input and output.

mod backoff;
mod board;
mod connection;
mod history;
mod receipt_summary;
mod revalidation;
mod timeline;
mod waiting;

pub use backoff::Backoff;
pub(crate) use board::{Board, Card, Change, Changes};
pub use connection::{Action, Connection, ConnectionStatus, Input};
pub use history::{HistoryRequest, next_query};
pub use receipt_summary::{FailureSegment, ReceiptSummary};
pub(crate) use revalidation::{Revalidation, RevalidationAction, RevalidationEvent};
pub use timeline::Timeline;
pub use waiting::{STARTING, processing_message, queued_state, waiting_message};
