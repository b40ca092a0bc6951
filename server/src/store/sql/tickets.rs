//! WebSocket tickets: one use each.

use std::time::Duration;

use uuid::Uuid;

use super::{Database, Db};
use crate::store::{Digest, Entity, Result, SessionUser, StoreError, micros::in_micros, rows::SessionUserRow};

pub(super) async fn issue(db: &Database, ticket_hash: &Digest, session_id: Uuid, ttl: Duration) -> Result<()> {
    let sql = concat!(
        "INSERT INTO ws_tickets (ticket_hash, session_id, user_id, expires_at) SELECT $1, s.id, s.user_id, ",
        now_plus!("$3"),
        " FROM sessions s WHERE s.id = $2 AND s.ended_at IS NULL"
    );
    let issued = sqlx::query::<Db>(sql).bind(&ticket_hash[..]).bind(session_id).bind(in_micros(ttl)).execute(db.writer()).await?;
    if issued.rows_affected() == 0 { Err(StoreError::NotFound(Entity::Session)) } else { Ok(()) }
}

/// The row that is deleted is the proof: of any number of spenders one gets it.
pub(super) async fn spend(db: &Database, ticket_hash: &Digest) -> Result<Option<SessionUser>> {
    let sql = concat!("DELETE FROM ws_tickets WHERE ticket_hash = $1 RETURNING session_id, user_id, expires_at > ", now!(), " AS in_time");
    let spent = sqlx::query_as::<Db, (Uuid, Uuid, bool)>(sql).bind(&ticket_hash[..]).fetch_optional(db.writer()).await?;
    let Some((session_id, user_id, true)) = spent else { return Ok(None) };
    let sql = concat!(
        "SELECT s.id AS session_id, FALSE AS stale, u.id, u.email, u.created_at FROM sessions s JOIN users u ON u.id = s.user_id",
        " WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > ",
        now!()
    );
    let row = sqlx::query_as::<Db, SessionUserRow>(sql).bind(session_id).bind(user_id).fetch_optional(db.reader()).await?;
    Ok(row.map(SessionUser::from))
}
