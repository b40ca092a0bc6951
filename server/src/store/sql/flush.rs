//! What a worker writes: outcomes, counts, states and the job's end, in one transaction under its lease.

use std::{collections::HashMap, time::Duration};

use app::wire::{FailureCause, ProgressUpdate, VideoReason, VideoStatus};
use sqlx::{QueryBuilder, types::Json};
use uuid::Uuid;

use super::{Database, Db, Tx, ids, locked};
use crate::{
    job::{self, Ending, Failure, ItemResult, Metadata},
    stop_points::{self, StopPoint},
    store::{
        Lease, Result, Written,
        micros::Micros,
        rows::LockedJob,
        text::{clean, clean_owned, count, search_text, title_key, video_status_name},
    },
};

/// Results that are stored by one statement each of items and videos.
const CHUNK: usize = 500;

pub(super) async fn flush(
    db: &Database,
    lease: &Lease,
    results: &[ItemResult],
    eta_seconds: Option<u32>,
    end: Option<Ending>,
    term: Duration,
) -> Result<Written> {
    let results: Vec<ItemResult> = results.iter().map(cleaned).collect();
    let mut tx = db.begin().await?;
    let Some(mut job) = locked::leased(&mut tx, lease).await? else { return Ok(Written::LeaseLost) };
    let now = locked::clock(&mut tx).await?;
    let fresh = store_outcomes(&mut tx, &job, results).await?;
    let mut events = fold(&mut job, &fresh, eta_seconds, now);
    job.lease_until = Some(now.plus(term));
    if !fresh.is_empty() {
        job.attempts = 0;
        job.waiting_since = None;
    }
    let ends = end.is_some();
    if let Some(ending) = end {
        let ending = honest(ending, &job.state);
        events.push(locked::end(&mut tx, &mut job, &ending, now).await?);
    }
    locked::save(&mut tx, &job, &events, now).await?;
    stop_points::reach(if ends { StopPoint::EndUncommitted } else { StopPoint::FlushUncommitted });
    tx.commit().await?;
    Ok(Written::Stored { state: Box::new(job.state.0), cancel_requested: job.cancel_requested })
}

/// One state per result. Answers those that are events, and leaves the newest in the job.
fn fold(job: &mut LockedJob, results: &[(ItemResult, u32)], eta_seconds: Option<u32>, now: Micros) -> Vec<ProgressUpdate> {
    let mut events = Vec::new();
    for (result, place) in results {
        let after = job::advance(&job.state, result, *place, eta_seconds, now.0);
        if job::is_event(&job.state, &after) {
            events.push(after.clone());
        }
        job.state = Json(after);
        if let Err(failure) = &result.outcome {
            *job.causes.entry(failure.cause).or_default() += 1;
        }
    }
    events
}

/// A job is done when every item was tried, whatever its worker believes.
fn honest(ending: Ending, state: &ProgressUpdate) -> Ending {
    let untried = state.total_videos - state.current_video;
    if ending == Ending::Done && untried > 0 {
        return Ending::Failed(format!("The worker ended with {} not tried. Retry the job to go on.", job::videos(untried)));
    }
    ending
}

/// Stores outcomes of items that have none yet, and of their videos; answers those results, once each, in their order, with their
/// places.
async fn store_outcomes(tx: &mut Tx, job: &LockedJob, results: Vec<ItemResult>) -> Result<Vec<(ItemResult, u32)>> {
    if results.is_empty() {
        return Ok(Vec::new());
    }
    // Before the items: who deletes a video holds it, and then wants the items that refer to it.
    let mut video_ids: Vec<Uuid> = results.iter().filter_map(|result| result.video_id).collect();
    video_ids.sort_unstable();
    let sql = concat!("SELECT id FROM videos WHERE ", one_of!("id", "$1"), " ORDER BY id", for_update!());
    sqlx::query::<Db>(sql).bind(ids(&video_ids)).execute(&mut **tx).await?;
    let mut fresh = HashMap::new();
    for chunk in results.chunks(CHUNK) {
        fresh.extend(update_items(tx, job.id, chunk).await?);
    }
    let results: Vec<_> = results.into_iter().filter_map(|result| fresh.remove(&result.line).map(|place| (result, place))).collect();
    let of_videos: Vec<(Uuid, &ItemResult)> = results.iter().filter_map(|(result, _)| Some((result.video_id?, result))).collect();
    for chunk in of_videos.chunks(CHUNK) {
        update_videos(tx, job.list_id, chunk).await?;
    }
    Ok(results)
}

/// Answers the lines that had no outcome, with their places. The job's id is beside each of them: a condition on the job alone, whose
/// items no statistics know yet, would have all of them read.
async fn update_items(tx: &mut Tx, job_id: Uuid, results: &[ItemResult]) -> Result<Vec<(u32, u32)>> {
    let mut update = QueryBuilder::<Db>::new("UPDATE job_items SET outcome = r.column2, cause = r.column3, reason = r.column4 FROM (");
    update.push_values(results, |mut row, result| {
        let failure = result.outcome.as_ref().err();
        row.push_bind(i64::from(result.line)).push_bind(if failure.is_some() { "failed" } else { "succeeded" });
        row.push_bind(failure.map(|failure| failure.cause.as_str())).push_bind(failure.map(|failure| failure.text.as_str()));
        row.push_bind(job_id);
    });
    update.push(") AS r WHERE job_items.job_id = r.column5 AND job_items.line = r.column1");
    // Accepted and without outcome, said so that the index of such items does not offer itself for a scan.
    update.push(" AND COALESCE(job_items.outcome, job_items.verdict) = 'accepted' RETURNING job_items.line, job_items.place");
    let rows = update.build_query_as::<(i64, i64)>().persistent(false).fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(|(line, place)| (count(line), count(place))).collect())
}

/// What a look-up brought replaces what was known; what it did not bring stays. An unavailable video keeps its title.
async fn update_videos(tx: &mut Tx, list_id: Uuid, results: &[(Uuid, &ItemResult)]) -> Result<()> {
    let mut update = QueryBuilder::<Db>::new(concat!(
        "UPDATE videos SET status = r.column2, cause = r.column3, error = r.column4, title = COALESCE(r.column5, title),",
        " channel = COALESCE(r.column6, channel), duration_seconds = COALESCE(r.column7, duration_seconds),",
        " title_key = COALESCE(r.column8, title_key), search_text = COALESCE(r.column9, search_text), reason = r.column11 FROM ("
    ));
    update.push_values(results, |mut row, (video_id, result)| {
        let found = result.outcome.as_ref().ok();
        let failure = result.outcome.as_ref().err();
        row.push_bind(*video_id).push_bind(video_status_name(status(result)));
        row.push_bind(failure.map(|failure| failure.cause.as_str())).push_bind(failure.map(|failure| failure.text.as_str()));
        let title = found.and_then(|found| found.title.as_deref());
        row.push_bind(title).push_bind(found.and_then(|found| found.channel.as_deref()));
        row.push_bind(found.and_then(|found| found.duration_seconds).map(i64::from));
        row.push_bind(title.map(|title| title_key(Some(title))));
        row.push_bind(title.map(|title| search_text(Some(title), found.and_then(|found| found.channel.as_deref())))).push_bind(list_id);
        row.push_bind(found.and_then(|found| found.reason).map(VideoReason::as_str));
    });
    update.push(") AS r WHERE videos.id = r.column1 AND videos.list_id = r.column10");
    update.build().persistent(false).execute(&mut **tx).await?;
    Ok(())
}

fn status(result: &ItemResult) -> VideoStatus {
    match &result.outcome {
        Ok(_) => VideoStatus::Ok,
        Err(failure) if failure.cause == FailureCause::Unavailable => VideoStatus::Unavailable,
        Err(_) => VideoStatus::Failed,
    }
}

/// Texts of the source as columns and JSON can hold them.
fn cleaned(result: &ItemResult) -> ItemResult {
    let outcome = match &result.outcome {
        Ok(found) => Ok(Metadata { title: found.title.clone().map(clean_owned), channel: found.channel.clone().map(clean_owned), ..*found }),
        Err(failure) => Err(Failure { cause: failure.cause, text: clean(&failure.text).into_owned() }),
    };
    ItemResult { outcome, ..*result }
}
