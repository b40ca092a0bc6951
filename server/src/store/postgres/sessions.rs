//! Sessions and tickets.

use std::time::Duration;

use app::wire::Session;
use async_trait::async_trait;
use uuid::Uuid;

use super::{
    Database,
    tickets::{NewTicket, live_sessions},
};
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
            "UPDATE sessions SET ended_at = clock_timestamp()
             WHERE id IN (SELECT s.id FROM sessions s
                          WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > (SELECT clock_timestamp())
                          ORDER BY s.last_used_at DESC, s.id DESC OFFSET $2)",
        )
        .bind(session.user_id)
        .bind(MAX_SESSIONS - 1)
        .execute(&self.pool)
        .await?;
        sqlx::query(
            "INSERT INTO sessions (id, user_id, cookie_hash, refresh_hash, user_agent, ttl_micros, created_at, last_used_at, expires_at)
             SELECT $1, $2, $3, $4, $5, $6, now, now, now + $6::bigint * interval '1 microsecond' FROM clock_timestamp() AS now",
        )
        .bind(id)
        .bind(session.user_id)
        .bind(&session.cookie_hash[..])
        .bind(&session.refresh_hash[..])
        .bind(strip_nul(&session.user_agent))
        .bind(as_micros(session.ttl))
        .execute(&self.pool)
        .await?;
        Ok(id)
    }

    async fn device_of_cookie(&self, cookie_hash: &Digest) -> Result<Option<(Uuid, Uuid)>> {
        Ok(sqlx::query_as("SELECT id, user_id FROM sessions WHERE cookie_hash = $1").bind(&cookie_hash[..]).fetch_optional(&self.pool).await?)
    }

    async fn session_by_cookie(&self, cookie_hash: &Digest) -> Result<Option<SessionUser>> {
        let row = sqlx::query_as(
            "SELECT s.id AS session_id, s.last_used_at < clock_timestamp() - $2 * interval '1 microsecond' AS stale,
                    u.id, u.email, u.created_at
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.cookie_hash = $1 AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()",
        )
        .bind(&cookie_hash[..])
        .bind(as_micros(EXTEND_INTERVAL))
        .fetch_optional(&self.pool)
        .await?;
        Ok(self.extend_if_stale(row).await)
    }

    async fn session_by_refresh(&self, refresh_hash: &Digest) -> Result<Option<SessionUser>> {
        let row = sqlx::query_as(
            "SELECT s.id AS session_id, s.last_used_at < clock_timestamp() - $2 * interval '1 microsecond' AS stale,
                    u.id, u.email, u.created_at
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.refresh_hash = $1 AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()",
        )
        .bind(&refresh_hash[..])
        .bind(as_micros(EXTEND_INTERVAL))
        .fetch_optional(&self.pool)
        .await?;
        Ok(self.extend_if_stale(row).await)
    }

    async fn session(&self, session_id: Uuid) -> Result<Option<SessionUser>> {
        let row: Option<SessionUserRow> = sqlx::query_as(
            "SELECT s.id AS session_id, FALSE AS stale, u.id, u.email, u.created_at
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()",
        )
        .bind(session_id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Into::into))
    }

    async fn is_live(&self, session_id: Uuid) -> Result<bool> {
        self.sockets.is_live.call(session_id).await
    }

    async fn live_sessions(&self, session_ids: &[Uuid]) -> Result<Vec<Uuid>> {
        live_sessions(&mut *self.pool.acquire().await?, session_ids).await
    }

    async fn sessions(&self, user_id: Uuid) -> Result<Vec<Session>> {
        let rows: Vec<SessionRow> = sqlx::query_as(
            "SELECT id, user_agent, created_at, last_used_at FROM sessions
             WHERE user_id = $1 AND ended_at IS NULL AND expires_at > clock_timestamp()
             ORDER BY created_at DESC, id DESC",
        )
        .bind(user_id)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn end_session(&self, user_id: Uuid, session_id: Uuid) -> Result<()> {
        let ended = sqlx::query("UPDATE sessions SET ended_at = COALESCE(ended_at, clock_timestamp()) WHERE id = $1 AND user_id = $2")
            .bind(session_id)
            .bind(user_id)
            .execute(&self.pool)
            .await?;
        if ended.rows_affected() == 0 { Err(StoreError::NotFound(Entity::Session)) } else { Ok(()) }
    }

    async fn issue_ticket(&self, ticket_hash: &Digest, session: &SessionKey, ttl: Duration) -> Result<Option<TicketSession>> {
        let issued = self.sockets.issue.call(NewTicket { hash: *ticket_hash, session: *session, ttl }).await?;
        if let Some(TicketRow { session, stale: true }) = &issued {
            extend_if_possible(self.extend(session.session_id)).await;
        }
        Ok(issued.map(|ticket| ticket.session))
    }

    async fn spend_ticket(&self, ticket_hash: &Digest) -> Result<Option<TicketSession>> {
        self.sockets.spend.call(*ticket_hash).await
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
            "UPDATE sessions SET last_used_at = clock_timestamp(), expires_at = clock_timestamp() + ttl_micros * interval '1 microsecond'
             WHERE id = $1 AND ended_at IS NULL AND last_used_at < clock_timestamp() - $2 * interval '1 microsecond'",
        )
        .bind(session_id)
        .bind(as_micros(EXTEND_INTERVAL))
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
