//! Sessions: found by the hash of a secret, prolonged by use.

use std::time::Duration;

use app::wire::Session;
use uuid::Uuid;

use super::{Database, Db, ids};
use crate::store::{
    Digest, Entity, NewSession, Result, SessionUser, StoreError,
    micros::in_micros,
    rows::{SessionRow, SessionUserRow},
    text::clean,
};

/// A session is prolonged at most this often: reading a page must not mean a write.
const PROLONG_EVERY_MICROS: i64 = 5 * 60 * 1_000_000;

/// How long a request waits for that write.
const PROLONG_PATIENCE: Duration = Duration::from_secs(1);

/// A live session with its user, and whether it is due to be prolonged; `$2` is minus [`PROLONG_EVERY_MICROS`].
macro_rules! live_session {
    ($condition:literal) => {
        concat!(
            "SELECT s.id AS session_id, s.last_used_at < ",
            now_plus!("$2"),
            " AS stale, u.id, u.email, u.created_at FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.ended_at IS NULL AND s.expires_at > ",
            now!(),
            " AND ",
            $condition
        )
    };
}

pub(super) async fn open(db: &Database, session: NewSession) -> Result<Uuid> {
    let sql = concat!(
        "INSERT INTO sessions (id, user_id, cookie_hash, refresh_hash, user_agent, ttl_micros, created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, ",
        now!(),
        ", ",
        now!(),
        ", ",
        now_plus!("$6"),
        ")"
    );
    let id = Uuid::now_v7();
    sqlx::query::<Db>(sql)
        .bind(id)
        .bind(session.user_id)
        .bind(&session.cookie_hash[..])
        .bind(&session.refresh_hash[..])
        .bind(clean(&session.user_agent))
        .bind(in_micros(session.ttl))
        .execute(db.writer())
        .await?;
    Ok(id)
}

pub(super) async fn by_cookie(db: &Database, hash: &Digest) -> Result<Option<SessionUser>> {
    used(db, live_session!("s.cookie_hash = $1"), hash).await
}

pub(super) async fn by_refresh(db: &Database, hash: &Digest) -> Result<Option<SessionUser>> {
    used(db, live_session!("s.refresh_hash = $1"), hash).await
}

async fn used(db: &Database, sql: &'static str, hash: &Digest) -> Result<Option<SessionUser>> {
    let row = sqlx::query_as::<Db, SessionUserRow>(sql).bind(&hash[..]).bind(-PROLONG_EVERY_MICROS).fetch_optional(db.reader()).await?;
    if let Some(row) = row.as_ref().filter(|row| row.stale) {
        // Best effort: SQLite's writer may be busy with an import, and the next request tries again.
        match tokio::time::timeout(PROLONG_PATIENCE, prolong(db, row.session_id)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a session was not prolonged"),
            Err(_) => tracing::debug!("a session was not prolonged: the database is busy"),
        }
    }
    Ok(row.map(SessionUser::from))
}

/// Once for all requests that found the session stale at the same time.
async fn prolong(db: &Database, session_id: Uuid) -> Result<()> {
    let sql = concat!(
        "UPDATE sessions SET last_used_at = ",
        now!(),
        ", expires_at = ",
        now_plus!("ttl_micros"),
        " WHERE id = $1 AND ended_at IS NULL AND last_used_at < ",
        now_plus!("$2")
    );
    sqlx::query::<Db>(sql).bind(session_id).bind(-PROLONG_EVERY_MICROS).execute(db.writer()).await?;
    Ok(())
}

pub(super) async fn by_id(db: &Database, session_id: Uuid) -> Result<Option<SessionUser>> {
    let row = sqlx::query_as::<Db, SessionUserRow>(live_session!("s.id = $1"))
        .bind(session_id)
        .bind(-PROLONG_EVERY_MICROS)
        .fetch_optional(db.reader())
        .await?;
    Ok(row.map(SessionUser::from))
}

pub(super) async fn live(db: &Database, session_ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let sql = concat!("SELECT id FROM sessions WHERE ", one_of!("id", "$1"), " AND ended_at IS NULL AND expires_at > ", now!());
    Ok(sqlx::query_scalar::<Db, Uuid>(sql).bind(ids(session_ids)).fetch_all(db.reader()).await?)
}

pub(super) async fn of_user(db: &Database, user_id: Uuid) -> Result<Vec<Session>> {
    let sql = concat!(
        "SELECT id, user_agent, created_at, last_used_at FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > ",
        now!(),
        " ORDER BY created_at DESC, id DESC"
    );
    let rows = sqlx::query_as::<Db, SessionRow>(sql).bind(user_id).fetch_all(db.reader()).await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

pub(super) async fn end(db: &Database, user_id: Uuid, session_id: Uuid) -> Result<()> {
    let sql = concat!("UPDATE sessions SET ended_at = COALESCE(ended_at, ", now!(), ") WHERE id = $1 AND user_id = $2");
    let ended = sqlx::query::<Db>(sql).bind(session_id).bind(user_id).execute(db.writer()).await?;
    if ended.rows_affected() == 0 { Err(StoreError::NotFound(Entity::Session)) } else { Ok(()) }
}
