//! Who somebody is: passwords, sessions, access tokens, tickets, and what keeps other sites out.
//!
//! Every secret is 32 random bytes that only its holder knows; the database has its SHA-256. Nothing here knows of SQL or of routes.

mod account;
pub mod cookie;
mod extract;
pub mod limits;
pub mod password;
pub mod rules;
pub mod same_origin;
mod secret;
mod token;

use std::sync::Arc;

use app::wire::{Ticket, Timestamp};
use uuid::Uuid;

pub use self::{
    account::SignedIn,
    extract::{CurrentUser, MaybeUser},
};
use self::{password::Passwords, secret::Secret, token::AccessTokens};
use crate::{
    config::Settings,
    error::{AppError, AppResult},
    store::{SessionUser, Store, StoreError},
};

/// How long a ticket waits to be spent.
const TICKET_TTL: std::time::Duration = std::time::Duration::from_secs(30);

/// Passwords, sessions, tokens, tickets.
pub struct Auth {
    settings: Arc<Settings>,
    store: Arc<dyn Store>,
    passwords: Passwords,
    tokens: AccessTokens,
}

/// Who opened a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketUser {
    /// The user.
    pub user_id: Uuid,
    /// The session it lives and dies with.
    pub session_id: Uuid,
    /// The end of the access token it was opened with; `None` for a ticket's socket.
    pub expires_at: Option<Timestamp>,
}

impl Auth {
    /// `secret` signs access tokens; every process of a system has the same.
    ///
    /// # Errors
    /// The operating system has no thread to give.
    pub fn new(settings: Arc<Settings>, store: Arc<dyn Store>, secret: &[u8]) -> std::io::Result<Self> {
        Ok(Self { settings, store, passwords: Passwords::new()?, tokens: AccessTokens::new(secret) })
    }

    /// Authenticates a WebSocket by its `?token=`: an access token or a one-use ticket, which is spent.
    ///
    /// # Errors
    /// 401 for a missing, forged, expired or spent one; 503 where the database is away.
    pub async fn socket(&self, token: &str) -> AppResult<SocketUser> {
        // A ticket is base64url, which has no dot; an access token has two.
        if token.contains('.') {
            let (user, expires_at) = self.bearer(token).await?;
            return Ok(SocketUser { user_id: user.account.id, session_id: user.session_id, expires_at: Some(expires_at) });
        }
        let user = match Secret::parse(token) {
            Some(ticket) => self.store.spend_ticket(&ticket.digest()).await?,
            None => None,
        };
        let user = user.ok_or_else(AppError::signed_out)?;
        Ok(SocketUser { user_id: user.account.id, session_id: user.session_id, expires_at: None })
    }

    /// A new ticket that opens one socket of this session.
    ///
    /// # Errors
    /// 401 where the session has ended; 503 where the database is away.
    pub async fn issue_ticket(&self, session_id: Uuid) -> AppResult<Ticket> {
        let ticket = Secret::random()?;
        self.store.issue_ticket(&ticket.digest(), session_id, TICKET_TTL).await.map_err(|error| match error {
            // It ended since the request was let in.
            StoreError::NotFound(_) => AppError::signed_out(),
            error => error.into(),
        })?;
        Ok(Ticket { ticket: ticket.reveal(), expires_in: TICKET_TTL.as_secs() })
    }

    /// The live session of an access token, and the token's end. The session is read each time, so that signing out counts at once.
    async fn bearer(&self, token: &str) -> AppResult<(SessionUser, Timestamp)> {
        let claims = self.tokens.verify(token, token::now()).ok_or_else(AppError::signed_out)?;
        let user = self.store.session(claims.sid).await?.filter(|user| user.account.id == claims.sub).ok_or_else(AppError::signed_out)?;
        Ok((user, claims.expires_at()))
    }

    /// The live session of a cookie's value.
    async fn by_cookie(&self, value: &str) -> AppResult<Option<SessionUser>> {
        let Some(secret) = Secret::parse(value) else { return Ok(None) };
        Ok(self.store.session_by_cookie(&secret.digest()).await?)
    }
}
