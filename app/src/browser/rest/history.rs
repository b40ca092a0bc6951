//! A job's history, however many answers it takes.

use uuid::Uuid;

use super::http;
use crate::{
    progress::{CatchUp, next_query},
    wire::{Problem, ProgressUpdate, Timestamp},
};

/// Answers of 1000 events each; a job stores fewer than two of them.
const MAX_ANSWERS: usize = 20;

/// The states of a job after `since` and above `after_seq`, oldest first.
///
/// # Errors
/// The server's problem; 404 where the job is gone.
pub(crate) async fn history(job_id: Uuid, since: Option<Timestamp>, after_seq: Option<u64>) -> Result<Vec<ProgressUpdate>, Problem> {
    let mut states: Vec<ProgressUpdate> = Vec::new();
    let mut query = CatchUp { job_id, since, after_seq }.query();
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
