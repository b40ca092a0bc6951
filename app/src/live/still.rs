//! The engine where there is no browser: the board is rendered once, and nothing moves.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use super::Live;
use crate::wire::FailureCause;

/// Milliseconds since 1970; 0 on a machine whose clock is before that.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

pub(super) fn seeded(_live: Live, _added: &[Uuid]) {}
pub(super) fn start(_live: Live) {}
pub(super) fn stored(_live: Live) {}
pub(super) fn retry_now() {}
pub(super) fn dismiss(_job_id: Uuid) {}
pub(super) fn cancel(_live: Live, _job_id: Uuid) {}
pub(super) fn retry(_live: Live, _job_id: Uuid, _causes: Vec<FailureCause>) {}
