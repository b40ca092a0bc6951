//! What the hub counts; looked up once instead of at every frame.

use metrics::{Counter, Gauge, counter, gauge};

pub(super) struct Meters {
    /// Open sockets.
    pub(super) sockets: Gauge,
    /// Updates from the bus for users who are connected.
    pub(super) received: Counter,
    /// Of those, the ones that were not valid.
    pub(super) invalid: Counter,
    /// Frames written to sockets.
    pub(super) frames: Counter,
    /// Updates that the bus lost and the database had.
    pub(super) repaired: Counter,
}

impl Meters {
    pub(super) fn new() -> Self {
        Self {
            sockets: gauge!("playmarks_sockets"),
            received: counter!("playmarks_updates_received_total"),
            invalid: counter!("playmarks_updates_invalid_total"),
            frames: counter!("playmarks_frames_sent_total"),
            repaired: counter!("playmarks_updates_repaired_total"),
        }
    }
}
