//! Authentication: passwords, sessions, access tokens, WebSocket tickets, and the same-origin check.
//!
//! Session cookies, refresh tokens and tickets are 32 random bytes; the database stores only their SHA-256. Nothing here knows of SQL or routes.
//! Every call that reads the database fails with 503 if it is unavailable.

mod access_token;
mod account;
pub(crate) mod cookie;
mod extract;
pub(crate) mod limits;
mod opaque_token;
pub(crate) mod password;
pub(crate) mod rules;
pub(crate) mod same_origin;

use std::sync::Arc;

use app::wire::{Ticket, Timestamp};
use axum::http::StatusCode;
use uuid::Uuid;

use self::{access_token::AccessTokens, opaque_token::OpaqueToken, password::HashingPool};
pub(crate) use self::{
    account::{SignedIn, find_account},
    extract::{CurrentUser, MaybeUser},
    limits::Client,
};
pub use crate::hub::SocketUser;
use crate::{
    config::Settings,
    error::{AppError, AppResult},
    store::{SessionKey, SessionUser, Store, TicketSession},
    user_permits::{UserPermit, UserPermits},
};

/// A ticket that is not used within this time expires.
const TICKET_TTL: std::time::Duration = std::time::Duration::from_secs(30);

/// Signs people up and in, and authenticates their requests and sockets.
pub struct Auth {
    settings: Arc<Settings>,
    store: Arc<dyn Store>,
    passwords: HashingPool,
    tokens: AccessTokens,
    /// Per network, for sockets.
    networks: UserPermits<String>,
}

impl Auth {
    /// `secret` signs access tokens; all processes of one system must share it.
    ///
    /// # Errors
    /// The hashing threads could not be started.
    pub fn new(settings: Arc<Settings>, store: Arc<dyn Store>, secret: &[u8]) -> std::io::Result<Self> {
        let networks = UserPermits::new(settings.max_sockets_per_address as usize);
        Ok(Self { settings, store, passwords: HashingPool::new()?, tokens: AccessTokens::new(secret), networks })
    }

    /// A place for a socket of this client's network, held while the socket is open.
    ///
    /// # Errors
    /// 429 if all are held.
    pub(crate) fn socket_permit(&self, client: &Client) -> AppResult<UserPermit> {
        self.networks.try_acquire(client.network()).map_err(|_| {
            let detail = "Too many live connections are open from your network address. Close some tabs and try again. Operators: if a proxy stands \
                          before this server, name it in TRUSTED_PROXIES; see also MAX_SOCKETS_PER_ADDRESS.";
            AppError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_sockets", detail)
        })
    }

    /// Authenticates a WebSocket by its `?token=`: an access token, or a ticket, which it spends.
    ///
    /// # Errors
    /// 401 if the token is missing, forged, expired or used.
    pub async fn authenticate_socket(&self, token: &str) -> AppResult<SocketUser> {
        // A ticket is base64url, which has no dot; an access token has two.
        if token.contains('.') {
            let (user, expires_at) = self.authenticate_bearer(token).await?;
            return Ok(SocketUser { user_id: user.account.id, session_id: user.session_id, expires_at: Some(expires_at) });
        }
        let ticket = OpaqueToken::parse(token).ok_or_else(AppError::signed_out)?;
        let TicketSession { session_id, user_id } = self.store.spend_ticket(&ticket.digest()).await?.ok_or_else(AppError::signed_out)?;
        Ok(SocketUser { user_id, session_id, expires_at: None })
    }

    /// Issues a ticket that opens one socket of this session; also returns its user.
    ///
    /// # Errors
    /// 401 if the session has ended.
    pub async fn issue_ticket(&self, session: &SessionKey) -> AppResult<(Uuid, Ticket)> {
        let ticket = OpaqueToken::generate()?;
        let issued = self.store.issue_ticket(&ticket.digest(), session, TICKET_TTL).await?.ok_or_else(AppError::signed_out)?;
        Ok((issued.user_id, Ticket { ticket: ticket.encode(), expires_in: TICKET_TTL.as_secs() }))
    }

    /// The session of an access token, and when the token expires. The session is read each time, so that signing out takes effect at once.
    async fn authenticate_bearer(&self, token: &str) -> AppResult<(SessionUser, Timestamp)> {
        let claims = self.tokens.verify(token, access_token::unix_now()).ok_or_else(AppError::signed_out)?;
        let user = self.store.session(claims.sid).await?.filter(|user| user.account.id == claims.sub).ok_or_else(AppError::signed_out)?;
        Ok((user, claims.expires_at()))
    }

    /// The session of a cookie's value; `None` if it has ended.
    async fn authenticate_cookie(&self, value: &str) -> AppResult<Option<SessionUser>> {
        let Some(token) = OpaqueToken::parse(value) else { return Ok(None) };
        Ok(self.store.session_by_cookie(&token.digest()).await?)
    }
}
