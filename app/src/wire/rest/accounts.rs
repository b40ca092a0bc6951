//! Accounts, sessions and what they are proven with.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::wire::Timestamp;

/// Address and password, for signing up and in.
#[derive(Clone, Deserialize, Serialize)]
pub struct Credentials {
    /// The e-mail address; compared without regard to case.
    pub email: String,
    /// 8 to 200 characters.
    pub password: String,
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The user.
    pub id: Uuid,
    /// As given at sign-up, in lower case.
    pub email: String,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// The answer to signing up and in.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuthResponse {
    /// Who signed in.
    pub user: Account,
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// For `POST /api/auth/refresh`.
    pub refresh_token: String,
    /// Always `bearer`.
    pub token_type: String,
    /// Seconds until the access token ends.
    pub expires_in: u64,
}

/// `POST /api/auth/refresh`.
#[derive(Clone, Serialize, Deserialize)]
pub struct RefreshToken {
    /// As given at sign-in.
    pub refresh_token: String,
}

/// A fresh access token.
#[derive(Clone, Serialize, Deserialize)]
pub struct Refresh {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Always `bearer`.
    pub token_type: String,
    /// Seconds until it ends.
    pub expires_in: u64,
}

/// `POST /api/auth/password`.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The password so far.
    pub current_password: String,
    /// The one from now on.
    pub new_password: String,
}

/// `DELETE /api/auth/me`.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccountDeletion {
    /// The account's.
    pub password: String,
}

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The session.
    pub id: Uuid,
    /// The browser or program, as it named itself.
    pub user_agent: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to within a few minutes.
    pub last_used_at: Timestamp,
    /// True for the session that asks.
    pub current: bool,
}

/// One use, one WebSocket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// For `?token=`.
    pub ticket: String,
    /// Seconds.
    pub expires_in: u64,
}
