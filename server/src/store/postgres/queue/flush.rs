//! Stores what a worker has done, in one statement: one round trip, and one transaction unless the job is cancelled.

use std::time::Duration;

use app::wire::ProgressUpdate;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::super::{Database, job_rows::cancel_items};
use crate::{
    stop_points::{self, StopPoint},
    store::{
        Flush, Lease, Result, Written,
        micros::{Micros, as_micros},
        queue::{FlushRows, ItemOutcomeRow, VideoOutcomeRow, without_instant},
    },
};

pub(super) async fn store(database: &Database, lease: &Lease, flush: &Flush<'_>, term: Duration) -> Result<Written> {
    let rows = FlushRows::new(flush);
    let stop_point = if rows.ends { StopPoint::EndUncommitted } else { StopPoint::FlushUncommitted };
    let stored = if rows.cancels_items(flush) {
        let mut tx = database.begin().await?;
        let stored = write(&mut tx, lease, &rows, term).await?;
        cancel_items(&mut tx, lease.job_id).await?;
        stop_points::reach(stop_point);
        tx.commit().await?;
        stored
    } else {
        let mut connection = database.kept.take().await?;
        stop_points::reach(stop_point);
        let stored = write(&mut connection, lease, &rows, term).await?;
        database.kept.put_back(connection);
        stored
    };
    if let Some((cancel_requested, Micros(at))) = stored {
        return Ok(rows.written(at, cancel_requested));
    }
    let job: Option<(Json<ProgressUpdate>, bool)> =
        sqlx::query_as("SELECT state, cancel_requested FROM processing_jobs WHERE id = $1 AND lease_token = $2 AND ended_at IS NULL")
            .bind(lease.job_id)
            .bind(lease.token)
            .fetch_optional(&database.pool)
            .await?;
    job.map_or(Ok(Written::LeaseLost), |(state, cancel_requested)| rows.written_before(state.0, cancel_requested))
}

/// Returns whether the job was cancelled, and the instant of its newest state; nothing is stored, and nothing returned, if the lease is lost
/// or the job is in another state than the rows say.
///
/// The job is locked first, then the videos in the order of their ids, then the items, because whoever deletes a video locks it and then
/// its items. Each part of the statement waits for what it reads of an earlier one; `locked` is read by being counted.
async fn write(connection: &mut PgConnection, lease: &Lease, rows: &FlushRows, term: Duration) -> Result<Option<(bool, Micros)>> {
    let items: Vec<ItemOutcomeRow<'_>> = rows.results.iter().map(ItemOutcomeRow::new).collect();
    let videos: Vec<VideoOutcomeRow<'_>> = rows.results.iter().filter_map(VideoOutcomeRow::new).collect();
    // The job's id is repeated per item: with a condition on the job alone, for whose new items there are no statistics yet, all of them
    // would be read. What was said about how a line was read stays, behind why it failed.
    let stored = sqlx::query_as(
        "WITH job AS (
             UPDATE processing_jobs j
             SET status = $4, current_video = $5, failed_videos = $6, causes = $7, seq = $8, untried_from = $9, attempts = 0, waiting_since = NULL,
                 last_event_at = GREATEST(c.now, j.last_event_at + interval '1 microsecond') + $10 * interval '1 microsecond',
                 state = $11 || jsonb_build_object('created_at', replace(to_char(
                     (GREATEST(c.now, j.last_event_at + interval '1 microsecond') + $10 * interval '1 microsecond') AT TIME ZONE 'UTC',
                     'YYYY-MM-DD HH24:MI:SS.US'), ' ', 'T') || 'Z'),
                 updated_at = c.now,
                 lease_until = CASE WHEN NOT $12 THEN c.now + $13 * interval '1 microsecond' END,
                 lease_token = CASE WHEN NOT $12 THEN j.lease_token END,
                 ended_at = CASE WHEN $12 THEN c.now END,
                 unclaimed_at = CASE WHEN $12 THEN c.now ELSE j.unclaimed_at END
             FROM (SELECT clock_timestamp() AS now) AS c
             WHERE j.id = $1 AND j.lease_token = $2 AND j.ended_at IS NULL AND j.seq = $3
             RETURNING j.id, j.list_id, j.cancel_requested, j.last_event_at
         ), locked AS (
             SELECT v.id FROM videos v WHERE v.id = ANY($14) AND EXISTS (SELECT 1 FROM job) ORDER BY v.id FOR UPDATE
         ), item AS (
             UPDATE job_items i
             SET outcome = r.outcome, cause = r.cause, reason = COALESCE(rtrim(r.reason, '.') || '. ' || i.reason, r.reason, i.reason)
             FROM UNNEST($15::uuid[], $16::bigint[], $17::text[], $18::text[], $19::text[]) AS r(job_id, line, outcome, cause, reason)
             WHERE i.job_id = r.job_id AND i.line = r.line AND EXISTS (SELECT 1 FROM job) AND (SELECT count(*) FROM locked) >= 0
         ), video AS (
             UPDATE videos v
             SET status = r.status, cause = r.cause, error = r.error, title = COALESCE(r.title, v.title), channel = COALESCE(r.channel, v.channel),
                 duration_seconds = COALESCE(r.duration_seconds, v.duration_seconds), title_key = COALESCE(r.title_key, v.title_key),
                 search_text = COALESCE(r.search_text, v.search_text), reason = r.reason, checked_at = clock_timestamp()
             FROM job, UNNEST($14::uuid[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::bigint[], $26::text[],
                              $27::text[], $28::text[])
                  AS r(id, status, cause, error, title, channel, duration_seconds, title_key, search_text, reason)
             WHERE v.id = r.id AND v.list_id = job.list_id AND (SELECT count(*) FROM locked) >= 0
         ), event AS (
             INSERT INTO job_progress_events (id, job_id, created_at, progress_data)
             SELECT e.id, job.id, e.at, e.data || jsonb_build_object(
                 'created_at', replace(to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), ' ', 'T') || 'Z')
             FROM job, LATERAL (
                 SELECT n.id, n.data, job.last_event_at + (n.after - $10) * interval '1 microsecond' AS at
                 FROM UNNEST($29::uuid[], $30::bigint[], $31::jsonb[]) AS n(id, after, data)) AS e
         )
         SELECT cancel_requested, last_event_at FROM job",
    )
    .bind(lease.job_id)
    .bind(lease.token)
    .bind(rows.seq_before)
    .bind(rows.state.status.as_str())
    .bind(i64::from(rows.state.current_video))
    .bind(i64::from(rows.state.failed_videos.unwrap_or_default()))
    .bind(Json(&rows.causes))
    .bind(rows.seq())
    .bind(rows.untried_from)
    .bind(rows.last_offset())
    .bind(Json(without_instant(&rows.state)))
    .bind(rows.ends)
    .bind(as_micros(term))
    .bind(videos.iter().map(|video| video.id).collect::<Vec<_>>())
    .bind(vec![lease.job_id; items.len()])
    .bind(items.iter().map(|item| item.line).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.outcome).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.cause).collect::<Vec<_>>())
    .bind(items.iter().map(|item| item.reason).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.status).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.cause).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.error).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.title).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.channel).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.duration_seconds).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.title_key.as_deref()).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.search_text.as_deref()).collect::<Vec<_>>())
    .bind(videos.iter().map(|video| video.reason).collect::<Vec<_>>())
    .bind(rows.events.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(rows.event_offsets())
    .bind(rows.events.iter().map(without_instant).map(Json).collect::<Vec<_>>())
    .fetch_optional(connection)
    .await?;
    Ok(stored)
}
