//! What a flush stores, computed before the job is locked: its writer knows the state, and only the instants are the database's.

use app::wire::{Causes, ProgressUpdate, Timestamp};

use super::{Flush, Written, seq, without_nul};
use crate::{
    job::{self, Ending, ItemResult},
    store::{Result, StoreError},
};

/// The rows of a flush. Instants of states are relative to that of the first one, which the database assigns under the job's lock.
pub(in crate::store) struct FlushRows {
    pub(in crate::store) results: Vec<ItemResult>,
    /// `seq` of the state on which the rows are based.
    pub(in crate::store) seq_before: i64,
    /// The newest state.
    pub(in crate::store) state: ProgressUpdate,
    pub(in crate::store) causes: Causes,
    /// States for the history, in order.
    pub(in crate::store) events: Vec<ProgressUpdate>,
    /// No accepted line before this one is without an outcome.
    pub(in crate::store) untried_from: i64,
    /// The job ends.
    pub(in crate::store) ends: bool,
}

impl FlushRows {
    /// One state per result, and the terminal one if the job ends.
    pub(in crate::store) fn new(flush: &Flush<'_>) -> Self {
        let first = Timestamp::from_micros(0);
        let mut rows = Self {
            results: flush.results.iter().map(without_nul).collect(),
            seq_before: seq(flush.state),
            state: ProgressUpdate { created_at: None, ..flush.state.clone() },
            causes: flush.causes.clone(),
            events: Vec::new(),
            untried_from: flush.untried_from.into(),
            ends: flush.end.is_some(),
        };
        for result in &rows.results {
            let after = job::advance(&rows.state, result, flush.eta_seconds, first);
            if job::is_event(&rows.state, &after) {
                rows.events.push(after.clone());
            }
            rows.state = after;
            if let Err(failure) = &result.outcome {
                *rows.causes.entry(failure.cause).or_default() += 1;
            }
        }
        if let Some(ending) = flush.end.clone() {
            rows.state = job::ended(&rows.state, &job::checked_ending(ending, &rows.state), first);
            rows.events.push(rows.state.clone());
        }
        rows
    }

    /// `seq` of the newest state.
    pub(in crate::store) fn seq(&self) -> i64 {
        seq(&self.state)
    }

    /// The instant of the newest state, in microseconds after that of the first.
    pub(in crate::store) fn last_offset(&self) -> i64 {
        offset(&self.state)
    }

    /// The instants of the events, likewise.
    pub(in crate::store) fn event_offsets(&self) -> Vec<i64> {
        self.events.iter().map(offset).collect()
    }

    /// Whether the job's untried items are cancelled with it.
    pub(in crate::store) fn cancels_items(&self, flush: &Flush<'_>) -> bool {
        flush.end == Some(Ending::Cancelled)
    }

    /// After the commit; `at` is the instant of the newest state.
    pub(in crate::store) fn written(self, at: Timestamp, cancel_requested: bool) -> Written {
        Written::Stored { state: Box::new(ProgressUpdate { created_at: Some(at), ..self.state }), causes: self.causes, cancel_requested }
    }

    /// If the job is not in the state on which the rows are based: the rows were stored by an attempt whose answer was lost.
    ///
    /// # Errors
    /// The job is in a third state, which nobody else may write.
    pub(in crate::store) fn written_before(self, stored: ProgressUpdate, cancel_requested: bool) -> Result<Written> {
        if seq(&stored) == self.seq() {
            return Ok(Written::Stored { state: Box::new(stored), causes: self.causes, cancel_requested });
        }
        Err(StoreError::Internal(format!("job {} has state {} instead of {}", stored.job_id, seq(&stored), self.seq_before).into()))
    }
}

/// Without its instant, which the database adds.
pub(in crate::store) fn without_instant(state: &ProgressUpdate) -> ProgressUpdate {
    ProgressUpdate { created_at: None, ..state.clone() }
}

fn offset(state: &ProgressUpdate) -> i64 {
    state.created_at.map_or(0, Timestamp::micros)
}
