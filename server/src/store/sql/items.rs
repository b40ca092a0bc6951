//! Items: the receipt for the user, the work list for the worker.

use app::{
    progress::{Failures, Outline},
    wire::{JobItem, Page, Verdict},
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Database, Db, jobs};
use crate::store::{
    ItemQuery, Lease, Result, WorkItem, cursor,
    rows::ItemRow,
    text::{containing, count, verdict_name},
};

const MAX_LIMIT: u32 = 5_000;

pub(super) async fn page(db: &Database, user_id: Uuid, job_id: Uuid, wanted: &ItemQuery) -> Result<Page<JobItem>> {
    let limit = wanted.limit.clamp(1, MAX_LIMIT);
    let mut query = QueryBuilder::<Db>::new("SELECT i.line, i.input, i.verdict, i.outcome, i.cause, i.reason, i.video_id FROM job_items i");
    let text = wanted.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if text.is_some() {
        query.push(" LEFT JOIN videos v ON v.id = i.video_id");
    }
    query.push(" JOIN processing_jobs j ON j.id = i.job_id WHERE i.job_id = ").push_bind(job_id).push(" AND j.user_id = ").push_bind(user_id);
    if let Some(verdict) = wanted.verdict {
        query.push(" AND i.verdict = ").push_bind(verdict_name(verdict));
    }
    if let Some(cause) = wanted.cause {
        query.push(" AND i.cause = ").push_bind(cause.as_str());
    }
    if let Some(text) = text {
        query.push(" AND (lower(i.input) LIKE ").push_bind(containing(text)).push(" ESCAPE '!' OR lower(i.reason) LIKE ");
        query.push_bind(containing(text)).push(" ESCAPE '!' OR v.search_text LIKE ").push_bind(containing(text)).push(" ESCAPE '!')");
    }
    if let Some(line) = wanted.from_line {
        query.push(" AND i.line >= ").push_bind(i64::from(line));
    }
    if let Some(after) = &wanted.cursor {
        query.push(" AND i.line > ").push_bind(cursor::decode::<i64>(after)?);
    }
    query.push(" ORDER BY i.line LIMIT ").push_bind(i64::from(limit) + 1);
    let mut rows = query.build_query_as::<ItemRow>().fetch_all(db.reader()).await?;
    if rows.is_empty() {
        jobs::require(db, user_id, job_id).await?;
    }
    let next_cursor = cursor::close_page(&mut rows, limit, |row| row.line);
    Ok(Page { items: rows.into_iter().map(JobItem::try_from).collect::<Result<_>>()?, next_cursor })
}

pub(super) async fn outline(db: &Database, user_id: Uuid, job_id: Uuid) -> Result<Outline> {
    let sql = concat!(
        "SELECT i.verdict, COUNT(*) FROM job_items i JOIN processing_jobs j ON j.id = i.job_id",
        " WHERE i.job_id = $1 AND j.user_id = $2 GROUP BY i.verdict"
    );
    let lines = sqlx::query_as::<Db, (String, i64)>(sql).bind(job_id).bind(user_id).fetch_all(db.reader()).await?;
    if lines.is_empty() {
        jobs::require(db, user_id, job_id).await?;
    }
    let of = |verdict| lines.iter().find(|(name, _)| name == verdict_name(verdict)).map_or(0, |(_, lines)| count(*lines));
    let sql = concat!(
        "SELECT MIN(i.place), MAX(i.place), MIN(i.line), MAX(i.line), COUNT(*), MIN(i.reason) FROM job_items i",
        " JOIN processing_jobs j ON j.id = i.job_id WHERE i.job_id = $1 AND j.user_id = $2 AND j.failed_videos > 0",
        " AND i.outcome = 'failed'",
        " GROUP BY (i.place - 1) * $3 / j.total_videos ORDER BY 1"
    );
    let parts = sqlx::query_as::<Db, (i64, i64, i64, i64, i64, Option<String>)>(sql)
        .bind(job_id)
        .bind(user_id)
        .bind(i64::from(Outline::PARTS))
        .fetch_all(db.reader())
        .await?;
    let failures = parts.into_iter().map(|(first, last, from, to, failures, reason)| Failures {
        places: (count(first), count(last)),
        lines: (count(from), count(to)),
        count: count(failures),
        reason: reason.filter(|_| failures == 1),
    });
    Ok(Outline { duplicates: of(Verdict::Duplicate), rejected: of(Verdict::Rejected), failures: failures.collect() })
}

/// Nothing where the lease is lost: the worker's next write tells it so.
pub(super) async fn untried(db: &Database, lease: &Lease, after_line: u32, limit: u32) -> Result<Vec<WorkItem>> {
    let sql = concat!(
        "SELECT i.line, i.video_id, COALESCE(i.youtube_id, i.input) FROM job_items i JOIN processing_jobs j ON j.id = i.job_id",
        " WHERE i.job_id = $1 AND j.lease_token = $2 AND i.verdict = 'accepted' AND i.outcome IS NULL AND i.line > $3 ORDER BY i.line LIMIT $4"
    );
    let rows = sqlx::query_as::<Db, (i64, Option<Uuid>, String)>(sql)
        .bind(lease.job_id)
        .bind(lease.token)
        .bind(i64::from(after_line))
        .bind(i64::from(limit))
        .fetch_all(db.reader())
        .await?;
    Ok(rows.into_iter().map(|(line, video_id, youtube_id)| WorkItem { line: count(line), video_id, youtube_id }).collect())
}
