//! Accounts, and counters of attempts.

use std::time::Duration;

use app::wire::Account;
use async_trait::async_trait;
use sqlx::FromRow;
use uuid::Uuid;

use super::{Result, micros::Micros};

#[async_trait]
pub trait Accounts {
    /// Creates an account. `email` is normalized. With `only_if_first`, fails if there is an account already.
    async fn create_user(&self, email: &str, password_hash: &str, only_if_first: bool) -> Result<Account>;
    /// Returns the account with this address and its password hash.
    async fn credentials(&self, email: &str) -> Result<Option<(Account, String)>>;
    /// Sets a new password hash and ends every session except `keep`. Returns the ended sessions.
    async fn set_password(&self, user_id: Uuid, password_hash: &str, keep: Option<Uuid>) -> Result<Vec<Uuid>>;
    /// Deletes the account and everything in it, as [`super::Library::delete_list`] does. Its address is free again. Returns its sessions.
    async fn delete_user(&self, user_id: Uuid) -> Result<Vec<Uuid>>;

    /// Counts an attempt under `key` in the current window and returns the number of attempts in it. The first attempt after a window's end
    /// starts a new window.
    async fn count_attempt(&self, key: &str, window: Duration) -> Result<u32>;
    /// Takes back an attempt that was counted in the current window.
    async fn uncount_attempt(&self, key: &str) -> Result<()>;
    /// Returns the number of attempts in the current window.
    async fn attempts(&self, key: &str) -> Result<u32>;
}

/// A row of `users` without the password.
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

/// A row of `users` with the password hash.
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
