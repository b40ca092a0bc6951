//! Sessions and their WebSocket tickets.

use std::time::Duration;

use app::wire::{Account, Session};
use async_trait::async_trait;
use sqlx::FromRow;
use uuid::Uuid;

use super::{Result, accounts::AccountRow, micros::Micros};

/// A SHA-256 hash: secrets are stored as hashes and looked up by them.
pub type Digest = [u8; 32];

/// A session is extended at most this often, so that reading a page rarely causes a write.
pub(super) const EXTEND_INTERVAL: Duration = Duration::from_secs(5 * 60);
/// How long a request waits for that write; otherwise the next request tries again.
pub(super) const EXTEND_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum number of live sessions per user.
pub(super) const MAX_SESSIONS: i64 = 100;

/// Sessions: looked up by the hash of a secret, extended by use.
#[async_trait]
pub trait Sessions {
    /// Opens a session. If the user has [`MAX_SESSIONS`] already, the least recently used one ends.
    async fn open_session(&self, session: NewSession) -> Result<Uuid>;
    /// Returns the session and the user of a cookie, also if the session has ended: whoever has the cookie was signed in on this device.
    async fn device_of_cookie(&self, cookie_hash: &Digest) -> Result<Option<(Uuid, Uuid)>>;
    /// Returns the live session of a cookie and extends it (at most once in five minutes).
    async fn session_by_cookie(&self, cookie_hash: &Digest) -> Result<Option<SessionUser>>;
    /// Returns the live session of a refresh token and extends it in the same way.
    async fn session_by_refresh(&self, refresh_hash: &Digest) -> Result<Option<SessionUser>>;
    /// Returns a session if it is live.
    async fn session(&self, session_id: Uuid) -> Result<Option<SessionUser>>;
    /// Whether a session is live.
    async fn is_live(&self, session_id: Uuid) -> Result<bool>;
    /// Returns those of these sessions that are live.
    async fn live_sessions(&self, session_ids: &[Uuid]) -> Result<Vec<Uuid>>;
    /// Returns a user's live sessions, newest first; `current` is false in all.
    async fn sessions(&self, user_id: Uuid) -> Result<Vec<Session>>;
    /// Ends a session of this user. Idempotent; `NotFound` if this user never had it.
    async fn end_session(&self, user_id: Uuid, session_id: Uuid) -> Result<()>;

    /// Stores a WebSocket ticket, checks and extends its session; `None` if that has ended.
    async fn issue_ticket(&self, ticket_hash: &Digest, session: &SessionKey, ttl: Duration) -> Result<Option<TicketSession>>;
    /// Spends a ticket; only the first of several callers gets it. `None` if it is unknown, has expired, or its session has ended.
    async fn spend_ticket(&self, ticket_hash: &Digest) -> Result<Option<TicketSession>>;
}

/// A session to open.
#[derive(Clone, Debug)]
pub struct NewSession {
    pub user_id: Uuid,
    pub cookie_hash: Digest,
    pub refresh_hash: Digest,
    /// The client's description of itself, at most 200 characters.
    pub user_agent: String,
    /// How long it lasts without being used.
    pub ttl: Duration,
}

/// How a request names its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKey {
    /// By the hash of its cookie.
    Cookie(Digest),
    /// By its id and that of its user, as an access token does.
    Id { session_id: Uuid, user_id: Uuid },
}

impl SessionKey {
    /// Cookie, session and user, as parameters of a statement.
    pub(super) fn parts(&self) -> (Option<&[u8]>, Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Cookie(hash) => (Some(hash), None, None),
            Self::Id { session_id, user_id } => (None, Some(*session_id), Some(*user_id)),
        }
    }
}

/// The live session of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRow)]
pub struct TicketSession {
    pub session_id: Uuid,
    pub user_id: Uuid,
}

/// A live session and its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionUser {
    pub session_id: Uuid,
    pub account: Account,
}

/// A live session with its user.
#[derive(FromRow)]
pub(super) struct SessionUserRow {
    pub(super) session_id: Uuid,
    #[sqlx(flatten)]
    account: AccountRow,
    /// It has not been used for [`EXTEND_INTERVAL`].
    pub(super) stale: bool,
}

impl From<SessionUserRow> for SessionUser {
    fn from(row: SessionUserRow) -> Self {
        Self { session_id: row.session_id, account: row.account.into() }
    }
}

/// The session of a new ticket.
#[derive(FromRow)]
pub(super) struct TicketRow {
    #[sqlx(flatten)]
    pub(super) session: TicketSession,
    /// As in [`SessionUserRow`].
    pub(super) stale: bool,
}

/// A session from its user's point of view.
#[derive(FromRow)]
pub(super) struct SessionRow {
    id: Uuid,
    user_agent: String,
    created_at: Micros,
    last_used_at: Micros,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self { id: row.id, user_agent: row.user_agent, created_at: row.created_at.0, last_used_at: row.last_used_at.0, current: false }
    }
}

/// Extends a stale session if the database can do it at once; if it is busy, the next request tries again.
pub(super) async fn extend_if_possible(extending: impl Future<Output = sqlx::Result<()>>) {
    match tokio::time::timeout(EXTEND_TIMEOUT, extending).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a session was not extended"),
        Err(_) => tracing::debug!("a session was not extended: the database is busy"),
    }
}
