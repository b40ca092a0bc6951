//! This machine's clock. Leases and other times in the database are set and compared by the database's clock only.

use app::wire::Timestamp;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_micros(chrono::Utc::now().timestamp_micros())
}
