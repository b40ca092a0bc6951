//! The hub's metrics; their handles are looked up once instead of for every frame.

use ::metrics::{Counter, Gauge, counter, gauge};

pub(super) struct Metrics {
    pub(super) sockets: Gauge,
    /// Updates from the bus for connected users.
    pub(super) received: Counter,
    /// Of those, the invalid ones.
    pub(super) invalid: Counter,
    pub(super) frames: Counter,
    /// Updates that the bus lost and the database had.
    pub(super) repaired: Counter,
}

impl Metrics {
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
