//! Accounts, sessions and credentials.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::wire::Timestamp;

/// E-mail address and password, for signing up and signing in.
#[derive(Clone, Deserialize, Serialize)]
pub struct Credentials {
    /// The e-mail address; not case-sensitive.
    pub email: String,
    /// 8 to 200 characters.
    pub password: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: Uuid,
    /// The address given at sign-up, in lower case.
    pub email: String,
    pub created_at: Timestamp,
}

/// The response to signing up or signing in.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuthResponse {
    pub user: Account,
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// For `POST /api/auth/refresh`.
    pub refresh_token: String,
    /// Always `bearer`.
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u64,
}

/// `POST /api/auth/refresh`.
#[derive(Clone, Serialize, Deserialize)]
pub struct RefreshToken {
    /// The refresh token from signing in.
    pub refresh_token: String,
}

/// A new access token.
#[derive(Clone, Serialize, Deserialize)]
pub struct Refresh {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Always `bearer`.
    pub token_type: String,
    /// Seconds until it expires.
    pub expires_in: u64,
}

/// `POST /api/auth/password`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The old password.
    pub current_password: String,
    pub new_password: String,
}

/// `DELETE /api/auth/me`.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccountDeletion {
    pub password: String,
}

/// A session, which begins with a sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub id: Uuid,
    /// The browser or program, from its user agent.
    pub user_agent: String,
    pub created_at: Timestamp,
    /// When it was last used, accurate to a few minutes.
    pub last_used_at: Timestamp,
    /// True for the session that made this request.
    pub current: bool,
}

/// A ticket for one WebSocket connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// For `?token=`.
    pub ticket: String,
    /// Seconds until it expires.
    pub expires_in: u64,
}
