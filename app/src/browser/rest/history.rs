//! A job's history, over as many pages as it has.

use uuid::Uuid;

use super::http;
use crate::{
    progress::{HistoryRequest, next_query},
    wire::{Problem, ProgressUpdate, Timestamp},
};

/// Pages of 1000 events each; a job stores fewer than two of them.
const MAX_ANSWERS: usize = 20;

/// The states after `since` and above `after_seq`, oldest first.
pub(crate) async fn history(job_id: Uuid, since: Option<Timestamp>, after_seq: Option<u64>) -> Result<Vec<ProgressUpdate>, Problem> {
    let mut states: Vec<ProgressUpdate> = Vec::new();
    let mut query = HistoryRequest { job_id, since, after_seq }.query();
    for _ in 0..MAX_ANSWERS {
        let response = http::get_verbatim(&format!("/api/jobs/{job_id}/progress-history?{query}")).await?;
        let next = response.headers().get("link").as_deref().and_then(next_query).map(str::to_owned);
        states.extend(http::read::<Vec<_>>(response).await?);
        match next {
            Some(next) if next != query => query = next,
            _ => break,
        }
    }
    Ok(states)
}
