//! Items: the receipt for the user, the work list for the worker.

use app::wire::{JobItem, Page};
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
