//! Pages of jobs, the newest first. Each kind of query has an index that it reads in order, or from which it reads few rows.

use app::wire::{Job, JobFilter, Page};
use sqlx::PgPool;
use uuid::Uuid;

use crate::store::{
    JobQuery, Result,
    jobs::{JobPage, JobPageKind, JobRow, RECENT},
    micros::as_micros,
};

/// The caller has checked that the list is the user's.
pub(super) async fn read(pool: &PgPool, user_id: Uuid, query: &JobQuery) -> Result<Page<Job>> {
    let page = JobPage::new(query)?;
    let rows = match query.kind() {
        JobPageKind::Retries(origin) => retries(pool, user_id, origin, query, &page).await?,
        JobPageKind::OfList(list_id) => of_list(pool, user_id, list_id, &page).await?,
        JobPageKind::All => all(pool, user_id, &page).await?,
        JobPageKind::Recent => recent(pool, user_id, query, &page).await?,
    };
    Ok(page.close(rows))
}

async fn all(pool: &PgPool, user_id: Uuid, page: &JobPage) -> Result<Vec<JobRow>> {
    let rows = sqlx::query_as(
        "SELECT id, list_id, source_name, causes, state, retry_of, created_at, started_at, ended_at, is_queued, blocked_until, reason
         FROM shown_jobs WHERE user_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4",
    );
    Ok(rows.bind(user_id).bind(page.after.0).bind(page.after.1).bind(page.limit.query_limit()).fetch_all(pool).await?)
}

async fn of_list(pool: &PgPool, user_id: Uuid, list_id: Uuid, page: &JobPage) -> Result<Vec<JobRow>> {
    let rows = sqlx::query_as(
        "SELECT id, list_id, source_name, causes, state, retry_of, created_at, started_at, ended_at, is_queued, blocked_until, reason
         FROM shown_jobs WHERE list_id = $5 AND user_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4",
    );
    Ok(rows.bind(user_id).bind(page.after.0).bind(page.after.1).bind(page.limit.query_limit()).bind(list_id).fetch_all(pool).await?)
}

/// Jobs that have not ended, and with [`JobFilter::Recent`] those that ended lately.
async fn recent(pool: &PgPool, user_id: Uuid, query: &JobQuery, page: &JobPage) -> Result<Vec<JobRow>> {
    let rows = sqlx::query_as(
        "SELECT * FROM (SELECT id, list_id, source_name, causes, state, retry_of, created_at, started_at, ended_at, is_queued, blocked_until, reason
                        FROM shown_jobs WHERE user_id = $1 AND ended_at IS NULL AND (created_at, id) < ($2, $3) AND ($5::uuid IS NULL OR list_id = $5)
                        ORDER BY created_at DESC, id DESC LIMIT $4) AS active
         UNION ALL
         SELECT id, list_id, source_name, causes, state, retry_of, created_at, started_at, ended_at, is_queued, blocked_until, reason
         FROM shown_jobs
         WHERE $7 AND user_id = $1 AND ended_at > (SELECT clock_timestamp() - $6 * interval '1 microsecond') AND dismissed_at IS NULL
           AND (created_at, id) < ($2, $3) AND ($5::uuid IS NULL OR list_id = $5)
         ORDER BY created_at DESC, id DESC LIMIT $4",
    );
    let rows = rows.bind(user_id).bind(page.after.0).bind(page.after.1).bind(page.limit.query_limit()).bind(query.list_id);
    Ok(rows.bind(as_micros(RECENT)).bind(query.filter == JobFilter::Recent).fetch_all(pool).await?)
}

async fn retries(pool: &PgPool, user_id: Uuid, origin: Uuid, query: &JobQuery, page: &JobPage) -> Result<Vec<JobRow>> {
    let rows = sqlx::query_as(
        "SELECT id, list_id, source_name, causes, state, retry_of, created_at, started_at, ended_at, is_queued, blocked_until, reason
         FROM shown_jobs
         WHERE retry_of = $5 AND user_id = $1 AND (created_at, id) < ($2, $3) AND ($6::uuid IS NULL OR list_id = $6)
           AND ($7 OR ended_at IS NULL OR ($8 AND ended_at > (SELECT clock_timestamp() - $9 * interval '1 microsecond') AND dismissed_at IS NULL))
         ORDER BY created_at DESC, id DESC LIMIT $4",
    );
    let rows = rows.bind(user_id).bind(page.after.0).bind(page.after.1).bind(page.limit.query_limit()).bind(origin).bind(query.list_id);
    let (all, recent) = (query.filter == JobFilter::All, query.filter == JobFilter::Recent);
    Ok(rows.bind(all).bind(recent).bind(as_micros(RECENT)).fetch_all(pool).await?)
}
