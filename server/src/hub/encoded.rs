//! An update as it goes to sockets: encoded once, shared by all.

use app::wire::{Control, ProgressUpdate};
use axum::extract::ws::Utf8Bytes;
use uuid::Uuid;

/// An update's JSON, and of it what decides whether a socket still wants it.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The job.
    pub job_id: Uuid,
    /// Its place in the job's life; `None` from other publishers.
    pub seq: Option<u64>,
    /// Nothing follows it.
    pub terminal: bool,
    /// A clone shares the bytes.
    pub frame: Utf8Bytes,
}

impl From<&ProgressUpdate> for Encoded {
    fn from(update: &ProgressUpdate) -> Self {
        let frame = serde_json::to_string(update).expect("an update has no map with keys other than strings, and nothing else fails");
        Self { job_id: update.job_id, seq: update.seq, terminal: update.status.is_terminal(), frame: frame.into() }
    }
}

/// A control frame.
pub(crate) fn control_frame(control: &Control) -> Utf8Bytes {
    serde_json::to_string(control).expect("a control frame is a struct of texts, which cannot fail").into()
}
