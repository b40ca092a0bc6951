//! Jobs as their users see them.

use app::wire::{Job, JobFilter, Page, ProgressUpdate, Timestamp};
use sqlx::{QueryBuilder, types::Json};
use uuid::Uuid;

use super::{Database, Db, ids};
use crate::store::{Changes, Entity, JobQuery, Result, StoreError, cursor, micros::Micros, owner, rows::JobRow};

const MAX_LIMIT: u32 = 500;
const SELECT: &str =
    "SELECT j.id, j.list_id, j.source_name, j.causes, j.state, j.retry_of, j.created_at, j.started_at, j.ended_at FROM processing_jobs j";

/// Jobs whose cards are shown: five minutes after the end they are history.
macro_rules! recent {
    () => {
        concat!("(j.ended_at IS NULL OR (j.ended_at > ", now_plus!("(-300000000)"), " AND j.dismissed_at IS NULL))")
    };
}

pub(super) async fn page(db: &Database, user_id: Uuid, wanted: &JobQuery) -> Result<Page<Job>> {
    let limit = wanted.limit.clamp(1, MAX_LIMIT);
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push(" WHERE j.user_id = ").push_bind(user_id);
    match wanted.filter {
        JobFilter::Active => query.push(" AND j.ended_at IS NULL"),
        JobFilter::Recent => query.push(" AND ").push(recent!()),
        JobFilter::All => &mut query,
    };
    if let Some(list_id) = wanted.list_id {
        super::lists::require(db, user_id, list_id).await?;
        query.push(" AND j.list_id = ").push_bind(list_id);
    }
    if let Some(origin) = wanted.retry_of {
        query.push(" AND j.retry_of = ").push_bind(origin);
    }
    if let Some(after) = &wanted.cursor {
        let (created_at, id): (i64, Uuid) = cursor::decode(after)?;
        query.push(" AND (j.created_at, j.id) < (").push_bind(cursor::instant(created_at)?).push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY j.created_at DESC, j.id DESC LIMIT ").push_bind(i64::from(limit) + 1);
    let mut rows = query.build_query_as::<JobRow>().fetch_all(db.reader()).await?;
    let next_cursor = cursor::close_page(&mut rows, limit, |row| (row.created_at.0.micros(), row.id));
    Ok(Page { items: rows.into_iter().map(Job::from).collect(), next_cursor })
}

pub(super) async fn one(db: &Database, user_id: Uuid, job_id: Uuid) -> Result<Job> {
    let mut query = QueryBuilder::<Db>::new(SELECT);
    query.push(" WHERE j.id = ").push_bind(job_id).push(" AND j.user_id = ").push_bind(user_id);
    match query.build_query_as::<JobRow>().fetch_optional(db.reader()).await? {
        Some(row) => Ok(row.into()),
        None => Err(require(db, user_id, job_id).await.err().unwrap_or(StoreError::NotFound(Entity::Job))),
    }
}

pub(super) async fn snapshot(db: &Database, user_id: Uuid) -> Result<Vec<ProgressUpdate>> {
    let sql = concat!("SELECT j.state FROM processing_jobs j WHERE j.user_id = $1 AND ", recent!(), " ORDER BY j.created_at, j.id");
    let states = sqlx::query_scalar::<Db, Json<ProgressUpdate>>(sql).bind(user_id).fetch_all(db.reader()).await?;
    Ok(states.into_iter().map(|state| state.0).collect())
}

pub(super) async fn changes(db: &Database, user_ids: &[Uuid], since: Timestamp) -> Result<Changes> {
    // The clock first: what changes between the reads is then found again by the next call.
    let now = sqlx::query_scalar::<Db, Micros>(concat!("SELECT ", now!())).fetch_one(db.reader()).await?;
    let sql = concat!("SELECT j.user_id, j.state FROM processing_jobs j WHERE ", one_of!("j.user_id", "$1"), " AND j.updated_at >= $2");
    let updates = sqlx::query_as::<Db, (Uuid, Json<ProgressUpdate>)>(sql).bind(ids(user_ids)).bind(Micros(since)).fetch_all(db.reader()).await?;
    let sql = concat!("SELECT j.user_id, j.id FROM processing_jobs j WHERE ", one_of!("j.user_id", "$1"), " AND j.dismissed_at >= $2");
    let dismissed = sqlx::query_as::<Db, (Uuid, Uuid)>(sql).bind(ids(user_ids)).bind(Micros(since)).fetch_all(db.reader()).await?;
    Ok(Changes { now: now.0, updates: updates.into_iter().map(|(user, state)| (user, state.0)).collect(), dismissed })
}

/// That the job exists and is this user's: asked where a query about it found nothing.
pub(super) async fn require(db: &Database, user_id: Uuid, job_id: Uuid) -> Result<()> {
    let owner = sqlx::query_scalar::<Db, Uuid>("SELECT user_id FROM processing_jobs WHERE id = $1").bind(job_id).fetch_optional(db.reader()).await?;
    owner::compare(owner, user_id, Entity::Job)
}
