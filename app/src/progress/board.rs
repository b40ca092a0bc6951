//! The reducer: board + frame → board.

use uuid::Uuid;

use crate::wire::ProgressUpdate;

/// One job on the dashboard.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// The newest state.
    pub state: ProgressUpdate,
    /// Positions (1 … total) at which videos failed, ascending, as far as this page has seen them; bounded.
    pub failures: Vec<u32>,
}

/// The dashboard's cards.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {}

impl Board {
    /// The jobs on the board, newest first; the order is stable while a job runs.
    pub fn jobs(&self) -> Vec<Uuid> {
        Vec::new()
    }
    /// One card.
    pub fn card(&self, _job_id: Uuid) -> Option<&Card> {
        None
    }
}
