//! Stores outcomes of items, and what they mean for videos.

use std::collections::HashMap;

use sqlx::types::Json;
use uuid::Uuid;

use super::Tx;
use crate::{
    job::ItemResult,
    store::{
        Result,
        queue::{ItemOutcomeRow, LockedJob, VideoOutcomeRow, without_nul},
        text::count,
    },
};

/// Stores the outcomes of items that have none yet, and updates their videos. Returns the results that were stored, once each, in order,
/// with their positions in the job.
pub(super) async fn store_outcomes(tx: &mut Tx, job: &LockedJob, results: &[ItemResult]) -> Result<Vec<(ItemResult, u32)>> {
    if results.is_empty() {
        return Ok(Vec::new());
    }
    let results: Vec<ItemResult> = results.iter().map(without_nul).collect();
    let mut places = update_items(tx, job.id, &results).await?;
    let stored = results.into_iter().filter_map(|result| places.remove(&i64::from(result.line)).map(|place| (result, count(place))));
    let stored: Vec<_> = stored.collect();
    update_videos(tx, job.list_id, &stored).await?;
    Ok(stored)
}

/// Returns the lines that had no outcome, with their positions. `COALESCE` instead of two conditions, so that the planner does not scan the
/// partial index of untried items.
async fn update_items(tx: &mut Tx, job_id: Uuid, results: &[ItemResult]) -> Result<HashMap<i64, i64>> {
    let outcomes: Vec<_> = results.iter().map(ItemOutcomeRow::new).collect();
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "UPDATE job_items SET outcome = r.value ->> 'outcome', cause = r.value ->> 'cause',
                reason = COALESCE(rtrim(r.value ->> 'reason', '.') || '. ' || job_items.reason, r.value ->> 'reason', job_items.reason)
         FROM json_each($2) AS r
         WHERE job_items.job_id = $1 AND job_items.line = r.value ->> 'line' AND COALESCE(job_items.outcome, job_items.verdict) = 'accepted'
         RETURNING line, place",
    )
    .bind(job_id)
    .bind(Json(outcomes))
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().collect())
}

async fn update_videos(tx: &mut Tx, list_id: Uuid, results: &[(ItemResult, u32)]) -> Result<()> {
    let outcomes: Vec<_> = results.iter().filter_map(|(result, _)| VideoOutcomeRow::new(result)).collect();
    sqlx::query(
        "UPDATE videos SET status = r.value ->> 'status', cause = r.value ->> 'cause', error = r.value ->> 'error',
                title = COALESCE(r.value ->> 'title', title), channel = COALESCE(r.value ->> 'channel', channel),
                duration_seconds = COALESCE(r.value ->> 'duration_seconds', duration_seconds),
                title_key = COALESCE(r.value ->> 'title_key', title_key), search_text = COALESCE(r.value ->> 'search_text', search_text),
                reason = r.value ->> 'reason', checked_at = (SELECT now FROM clock)
         FROM json_each($2) AS r
         WHERE videos.id = unhex(r.value ->> 'id', '-') AND videos.list_id = $1",
    )
    .bind(list_id)
    .bind(Json(outcomes))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
