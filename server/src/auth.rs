//! Who somebody is.

use app::wire::Timestamp;
use uuid::Uuid;

use crate::error::AppResult;

/// Passwords, sessions, tokens, tickets.
pub struct Auth {}

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
    /// Authenticates a WebSocket by its `?token=`: an access token or a one-use ticket, which is spent.
    ///
    /// # Errors
    /// 401 for a missing, forged, expired or spent one; 503 where the database is away.
    pub async fn socket(&self, _token: &str) -> AppResult<SocketUser> {
        unimplemented!()
    }
}
