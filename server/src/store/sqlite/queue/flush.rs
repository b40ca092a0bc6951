//! Stores what a worker has done.

use std::time::Duration;

use app::wire::{ProgressUpdate, Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use super::super::{
    Database, Tx, clock,
    job_rows::{add_events, cancel_items, load_leased_job},
};
use crate::{
    job::{ItemResult, next_instant},
    stop_points::{self, StopPoint},
    store::{
        Flush, Lease, Result, Written,
        micros::Micros,
        queue::{FlushRows, ItemOutcomeRow, VideoOutcomeRow},
    },
};

pub(super) async fn store(database: &Database, lease: &Lease, flush: &Flush<'_>, term: Duration) -> Result<Written> {
    let rows = FlushRows::new(flush);
    let mut tx = database.begin().await?;
    let Some(job) = load_leased_job(&mut tx, lease).await? else { return Ok(Written::LeaseLost) };
    if job.seq() != rows.seq_before {
        return rows.written_before(job.state.0, job.cancel_requested);
    }
    let now = clock(&mut tx).await?;
    let first = next_instant(&job.state, now.0);
    let at = first.plus_micros(rows.last_offset());
    update_items(&mut tx, job.id, &rows.results).await?;
    update_videos(&mut tx, job.list_id, &rows.results).await?;
    let shifted = |event: &ProgressUpdate| ProgressUpdate {
        created_at: event.created_at.map(|after| first.plus_micros(Timestamp::micros(after))),
        ..event.clone()
    };
    add_events(&mut tx, job.id, &rows.events.iter().map(shifted).collect::<Vec<_>>()).await?;
    let state = ProgressUpdate { created_at: Some(at), ..rows.state.clone() };
    sqlx::query(
        "UPDATE processing_jobs
         SET status = $2, current_video = $3, failed_videos = $4, causes = $5, seq = $6, state = $7, last_event_at = $8, untried_from = $9,
             attempts = 0, waiting_since = NULL, updated_at = $10, lease_until = $11, lease_token = CASE WHEN NOT $12 THEN lease_token END,
             ended_at = CASE WHEN $12 THEN $10 END, unclaimed_at = CASE WHEN $12 THEN $10 ELSE unclaimed_at END
         WHERE id = $1",
    )
    .bind(job.id)
    .bind(state.status.as_str())
    .bind(i64::from(state.current_video))
    .bind(i64::from(state.failed_videos.unwrap_or_default()))
    .bind(Json(&rows.causes))
    .bind(rows.seq())
    .bind(Json(&state))
    .bind(Micros(at))
    .bind(rows.untried_from)
    .bind(now)
    .bind((!rows.ends).then(|| now.plus(term)))
    .bind(rows.ends)
    .execute(&mut *tx)
    .await?;
    if rows.cancels_items(flush) {
        cancel_items(&mut tx, job.id).await?;
    }
    stop_points::reach(if rows.ends { StopPoint::EndUncommitted } else { StopPoint::FlushUncommitted });
    tx.commit().await?;
    Ok(rows.written(at, job.cancel_requested))
}

/// What was said about how a line was read stays, behind why it failed. Each row is found by its result; without
/// statistics the planner would otherwise compare each row of the job with all results.
async fn update_items(tx: &mut Tx, job_id: Uuid, results: &[ItemResult]) -> Result<()> {
    let outcomes: Vec<_> = results.iter().map(ItemOutcomeRow::new).collect();
    sqlx::query(
        "UPDATE job_items SET outcome = r.value ->> 'outcome', cause = r.value ->> 'cause',
                reason = COALESCE(rtrim(r.value ->> 'reason', '.') || '. ' || job_items.reason, r.value ->> 'reason', job_items.reason)
         FROM json_each($2) AS r
         WHERE job_items.rowid = (SELECT i.rowid FROM job_items i WHERE i.job_id = $1 AND i.line = r.value ->> 'line')",
    )
    .bind(job_id)
    .bind(Json(outcomes))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn update_videos(tx: &mut Tx, list_id: Uuid, results: &[ItemResult]) -> Result<()> {
    let outcomes: Vec<_> = results.iter().filter_map(VideoOutcomeRow::new).collect();
    sqlx::query(
        "UPDATE videos SET status = r.value ->> 'status', cause = r.value ->> 'cause', error = r.value ->> 'error',
                title = COALESCE(r.value ->> 'title', title), channel = COALESCE(r.value ->> 'channel', channel),
                duration_seconds = COALESCE(r.value ->> 'duration_seconds', duration_seconds),
                title_key = COALESCE(r.value ->> 'title_key', title_key), search_text = COALESCE(r.value ->> 'search_text', search_text),
                reason = r.value ->> 'reason', checked_at = (SELECT now FROM clock)
         FROM json_each($2) AS r
         WHERE videos.rowid = (SELECT v.rowid FROM videos v WHERE v.id = unhex(r.value ->> 'id', '-') AND +v.list_id = $1)",
    )
    .bind(list_id)
    .bind(Json(outcomes))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
