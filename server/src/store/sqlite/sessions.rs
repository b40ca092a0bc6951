//! Sessions and tickets.

use std::time::Duration;

use app::wire::Session;
use async_trait::async_trait;
use sqlx::types::Json;
use uuid::Uuid;

use super::Database;
use crate::store::{
    Digest, Entity, NewSession, Result, SessionKey, SessionUser, Sessions, StoreError, TicketSession,
    micros::as_micros,
    sessions::{EXTEND_INTERVAL, MAX_SESSIONS, SessionRow, SessionUserRow, TicketRow, extend_if_possible},
    text::strip_nul,
};

#[async_trait]
impl Sessions for Database {
    async fn open_session(&self, session: NewSession) -> Result<Uuid> {
        let id = Uuid::now_v7();
        // Those that have been used last stay; the new one is added to them.
        sqlx::query(
            "UPDATE sessions SET ended_at = (SELECT now FROM clock)
             WHERE id IN (SELECT s.id FROM sessions s
                          WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock)
                          ORDER BY s.last_used_at DESC, s.id DESC LIMIT -1 OFFSET $2)",
        )
        .bind(session.user_id)
        .bind(MAX_SESSIONS - 1)
        .execute(&self.writer)
        .await?;
        sqlx::query(
            "INSERT INTO sessions (id, user_id, cookie_hash, refresh_hash, user_agent, ttl_micros, created_at, last_used_at, expires_at)
             SELECT $1, $2, $3, $4, $5, $6, now, now, now + $6 FROM clock",
        )
        .bind(id)
        .bind(session.user_id)
        .bind(&session.cookie_hash[..])
        .bind(&session.refresh_hash[..])
        .bind(strip_nul(&session.user_agent))
        .bind(as_micros(session.ttl))
        .execute(&self.writer)
        .await?;
        Ok(id)
    }

    async fn device_of_cookie(&self, cookie_hash: &Digest) -> Result<Option<(Uuid, Uuid)>> {
        Ok(sqlx::query_as("SELECT id, user_id FROM sessions WHERE cookie_hash = $1").bind(&cookie_hash[..]).fetch_optional(&self.readers).await?)
    }

    async fn session_by_cookie(&self, cookie_hash: &Digest) -> Result<Option<SessionUser>> {
        let row = sqlx::query_as(
            "SELECT s.id AS session_id, s.last_used_at < (SELECT now - $2 FROM clock) AS stale,
                    u.id, u.email, u.created_at
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.cookie_hash = $1 AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock)",
        )
        .bind(&cookie_hash[..])
        .bind(as_micros(EXTEND_INTERVAL))
        .fetch_optional(&self.readers)
        .await?;
        Ok(self.extend_if_stale(row).await)
    }

    async fn session_by_refresh(&self, refresh_hash: &Digest) -> Result<Option<SessionUser>> {
        let row = sqlx::query_as(
            "SELECT s.id AS session_id, s.last_used_at < (SELECT now - $2 FROM clock) AS stale,
                    u.id, u.email, u.created_at
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.refresh_hash = $1 AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock)",
        )
        .bind(&refresh_hash[..])
        .bind(as_micros(EXTEND_INTERVAL))
        .fetch_optional(&self.readers)
        .await?;
        Ok(self.extend_if_stale(row).await)
    }

    async fn session(&self, session_id: Uuid) -> Result<Option<SessionUser>> {
        let row: Option<SessionUserRow> = sqlx::query_as(
            "SELECT s.id AS session_id, FALSE AS stale, u.id, u.email, u.created_at
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock)",
        )
        .bind(session_id)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(Into::into))
    }

    async fn is_live(&self, session_id: Uuid) -> Result<bool> {
        Ok(!self.live_sessions(&[session_id]).await?.is_empty())
    }

    async fn live_sessions(&self, session_ids: &[Uuid]) -> Result<Vec<Uuid>> {
        Ok(sqlx::query_scalar(
            "SELECT id FROM sessions
             WHERE id IN (SELECT unhex(value, '-') FROM json_each($1)) AND ended_at IS NULL AND expires_at > (SELECT now FROM clock)",
        )
        .bind(Json(session_ids))
        .fetch_all(&self.readers)
        .await?)
    }

    async fn sessions(&self, user_id: Uuid) -> Result<Vec<Session>> {
        let rows: Vec<SessionRow> = sqlx::query_as(
            "SELECT id, user_agent, created_at, last_used_at FROM sessions
             WHERE user_id = $1 AND ended_at IS NULL AND expires_at > (SELECT now FROM clock)
             ORDER BY created_at DESC, id DESC",
        )
        .bind(user_id)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn end_session(&self, user_id: Uuid, session_id: Uuid) -> Result<()> {
        let ended = sqlx::query("UPDATE sessions SET ended_at = COALESCE(ended_at, (SELECT now FROM clock)) WHERE id = $1 AND user_id = $2")
            .bind(session_id)
            .bind(user_id)
            .execute(&self.writer)
            .await?;
        if ended.rows_affected() == 0 { Err(StoreError::NotFound(Entity::Session)) } else { Ok(()) }
    }

    async fn issue_ticket(&self, ticket_hash: &Digest, session: &SessionKey, ttl: Duration) -> Result<Option<TicketSession>> {
        let (cookie_hash, session_id, user_id) = session.parts();
        let issued: Option<TicketRow> = sqlx::query_as(
            "INSERT INTO ws_tickets (ticket_hash, session_id, user_id, expires_at)
             SELECT $1, s.id, s.user_id, (SELECT now + $5 FROM clock) FROM sessions s
             WHERE s.id = COALESCE($2, (SELECT c.id FROM sessions c WHERE c.cookie_hash = $3)) AND s.user_id = COALESCE($4, s.user_id)
               AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock)
             RETURNING session_id, user_id, (SELECT s.last_used_at < (SELECT now - $6 FROM clock) FROM sessions s WHERE s.id = session_id) AS stale",
        )
        .bind(&ticket_hash[..])
        .bind(session_id)
        .bind(cookie_hash)
        .bind(user_id)
        .bind(as_micros(ttl))
        .bind(as_micros(EXTEND_INTERVAL))
        .fetch_optional(&self.writer)
        .await?;
        if let Some(TicketRow { session, stale: true }) = &issued {
            extend_if_possible(self.extend(session.session_id)).await;
        }
        Ok(issued.map(|ticket| ticket.session))
    }

    async fn spend_ticket(&self, ticket_hash: &Digest) -> Result<Option<TicketSession>> {
        // One that has expired is left for `delete_expired`.
        Ok(sqlx::query_as(
            "DELETE FROM ws_tickets
             WHERE ticket_hash = $1 AND expires_at > (SELECT now FROM clock)
               AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = session_id AND s.ended_at IS NULL AND s.expires_at > (SELECT now FROM clock))
             RETURNING session_id, user_id",
        )
        .bind(&ticket_hash[..])
        .fetch_optional(&self.writer)
        .await?)
    }
}

impl Database {
    async fn extend_if_stale(&self, row: Option<SessionUserRow>) -> Option<SessionUser> {
        let row = row?;
        if row.stale {
            extend_if_possible(self.extend(row.session_id)).await;
        }
        Some(row.into())
    }

    /// Extends the session once for all requests that found it stale at the same time.
    async fn extend(&self, session_id: Uuid) -> sqlx::Result<()> {
        sqlx::query(
            "UPDATE sessions SET last_used_at = (SELECT now FROM clock), expires_at = (SELECT now + ttl_micros FROM clock)
             WHERE id = $1 AND ended_at IS NULL AND last_used_at < (SELECT now - $2 FROM clock)",
        )
        .bind(session_id)
        .bind(as_micros(EXTEND_INTERVAL))
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
