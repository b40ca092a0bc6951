//! Stores outcomes of items, and what they mean for videos.

use std::collections::HashMap;

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
    // Locked before the items, because whoever deletes a video locks it and then its items.
    let videos: Vec<Uuid> = results.iter().filter_map(|result| result.video_id).collect();
    sqlx::query("SELECT id FROM videos WHERE id = ANY($1) ORDER BY id FOR UPDATE").bind(videos).execute(&mut **tx).await?;
    let mut places = update_items(tx, job.id, results.iter().map(ItemOutcomeRow::new)).await?;
    let stored = results.into_iter().filter_map(|result| places.remove(&i64::from(result.line)).map(|place| (result, count(place))));
    let stored: Vec<_> = stored.collect();
    update_videos(tx, job.list_id, stored.iter().filter_map(|(result, _)| VideoOutcomeRow::new(result))).await?;
    Ok(stored)
}

/// Returns the lines that had no outcome, with their positions.
async fn update_items(tx: &mut Tx, job_id: Uuid, outcomes: impl Iterator<Item = ItemOutcomeRow<'_>>) -> Result<HashMap<i64, i64>> {
    let (mut lines, mut names, mut causes, mut reasons) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for item in outcomes {
        lines.push(item.line);
        names.push(item.outcome);
        causes.push(item.cause);
        reasons.push(item.reason);
    }
    // The job's id is repeated per row: with a condition on the job alone, for whose new items there are no statistics yet, all of them
    // would be read.
    // What was said about how a line was read stays, behind why it failed.
    // `COALESCE` instead of two conditions, so that the planner does not scan the partial index of untried items.
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "UPDATE job_items SET outcome = r.outcome, cause = r.cause,
                reason = COALESCE(rtrim(r.reason, '.') || '. ' || job_items.reason, r.reason, job_items.reason)
         FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[]) AS r(job_id, line, outcome, cause, reason)
         WHERE job_items.job_id = r.job_id AND job_items.line = r.line AND COALESCE(job_items.outcome, job_items.verdict) = 'accepted'
         RETURNING job_items.line, job_items.place",
    )
    .bind(vec![job_id; lines.len()])
    .bind(lines)
    .bind(names)
    .bind(causes)
    .bind(reasons)
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().collect())
}

async fn update_videos(tx: &mut Tx, list_id: Uuid, outcomes: impl Iterator<Item = VideoOutcomeRow<'_>>) -> Result<()> {
    let (mut ids, mut statuses, mut causes, mut errors, mut titles) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut channels, mut durations, mut title_keys, mut search_texts, mut reasons) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for video in outcomes {
        ids.push(video.id);
        statuses.push(video.status);
        causes.push(video.cause);
        errors.push(video.error);
        titles.push(video.title);
        channels.push(video.channel);
        durations.push(video.duration_seconds);
        title_keys.push(video.title_key);
        search_texts.push(video.search_text);
        reasons.push(video.reason);
    }
    sqlx::query(
        "UPDATE videos SET status = r.status, cause = r.cause, error = r.error, title = COALESCE(r.title, videos.title),
                channel = COALESCE(r.channel, videos.channel), duration_seconds = COALESCE(r.duration_seconds, videos.duration_seconds),
                title_key = COALESCE(r.title_key, videos.title_key), search_text = COALESCE(r.search_text, videos.search_text),
                reason = r.reason, checked_at = clock_timestamp()
         FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[],
                     $11::text[])
              AS r(id, status, cause, error, title, channel, duration_seconds, title_key, search_text, reason)
         WHERE videos.id = r.id AND videos.list_id = $1",
    )
    .bind(list_id)
    .bind(ids)
    .bind(statuses)
    .bind(causes)
    .bind(errors)
    .bind(titles)
    .bind(channels)
    .bind(durations)
    .bind(title_keys)
    .bind(search_texts)
    .bind(reasons)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
