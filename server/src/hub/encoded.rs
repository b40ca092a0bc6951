//! Updates and control frames as they are sent to sockets.

use app::wire::{Control, ProgressUpdate};
use axum::extract::ws::Utf8Bytes;
use uuid::Uuid;

/// An update's JSON, which all sockets share, and the fields that decide whether a socket still gets it.
#[derive(Clone, Debug)]
pub struct EncodedUpdate {
    /// Frames are conflated by it.
    pub job_id: Uuid,
    /// `None` from other publishers.
    pub seq: Option<u64>,
    /// The job has ended.
    pub terminal: bool,
    /// The JSON; clones share it.
    pub frame: Utf8Bytes,
}

impl From<&ProgressUpdate> for EncodedUpdate {
    fn from(update: &ProgressUpdate) -> Self {
        let frame = serde_json::to_string(update).expect("only maps with keys other than strings fail to serialize, and an update has none");
        Self { job_id: update.job_id, seq: update.seq, terminal: update.status.is_terminal(), frame: frame.into() }
    }
}

pub(crate) fn encode_control(control: &Control) -> Utf8Bytes {
    serde_json::to_string(control).expect("a control frame has only strings, which always serialize").into()
}
