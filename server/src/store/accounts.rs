//! Accounts, and the counters of limited attempts.

use std::time::Duration;

use app::wire::Account;
use async_trait::async_trait;
use sqlx::FromRow;
use uuid::Uuid;

use super::{Result, micros::Micros};

/// Accounts.
#[async_trait]
pub trait Accounts {
    /// A new account. `email` is in lower case. With `only_if_first`, refused once there is an account.
    async fn create_user(&self, email: &str, password_hash: &str, only_if_first: bool) -> Result<Account>;
    /// The account of an address and its password hash.
    async fn credentials(&self, email: &str) -> Result<Option<(Account, String)>>;
    /// Sets a new password hash and ends every session but `keep`; answers the ended ones.
    async fn set_password(&self, user_id: Uuid, password_hash: &str, keep: Option<Uuid>) -> Result<Vec<Uuid>>;
    /// Deletes the account with everything in it; answers its sessions.
    async fn delete_user(&self, user_id: Uuid) -> Result<Vec<Uuid>>;

    /// Counts an attempt under `key` in the current window and answers how many there are in it. An attempt after the window's end
    /// begins the next one.
    async fn count_attempt(&self, key: &str, window: Duration) -> Result<u32>;
}

/// `users`, without the password.
#[derive(FromRow)]
pub(super) struct AccountRow {
    id: Uuid,
    email: String,
    created_at: Micros,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self { id: row.id, email: row.email, created_at: row.created_at.0 }
    }
}

/// `users`, with the password's hash.
#[derive(FromRow)]
pub(super) struct CredentialsRow {
    #[sqlx(flatten)]
    account: AccountRow,
    password_hash: String,
}

impl From<CredentialsRow> for (Account, String) {
    fn from(row: CredentialsRow) -> Self {
        (row.account.into(), row.password_hash)
    }
}
