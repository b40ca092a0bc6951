//! Accounts, and counters of attempts.

use std::time::Duration;

use app::wire::Account;
use async_trait::async_trait;
use uuid::Uuid;

use super::Database;
use crate::store::{
    Accounts, Result, StoreError,
    accounts::{AccountRow, CredentialsRow},
    error::NOBODY,
    micros::as_micros,
    text::{count, strip_nul},
};

#[async_trait]
impl Accounts for Database {
    async fn create_user(&self, email: &str, password_hash: &str, only_if_first: bool) -> Result<Account> {
        let mut tx = self.begin().await?;
        if only_if_first && sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM users WHERE id <> $1)").bind(NOBODY).fetch_one(&mut *tx).await? {
            return Err(StoreError::RegistrationClosed);
        }
        let row: Option<AccountRow> = sqlx::query_as(
            "INSERT INTO users (id, email, password_hash, created_at) VALUES ($1, $2, $3, (SELECT now FROM clock))
             ON CONFLICT (email) DO NOTHING
             RETURNING id, email, created_at",
        )
        .bind(Uuid::now_v7())
        .bind(strip_nul(email))
        .bind(password_hash)
        .fetch_optional(&mut *tx)
        .await?;
        let account = row.ok_or(StoreError::EmailTaken)?;
        tx.commit().await?;
        Ok(account.into())
    }

    async fn credentials(&self, email: &str) -> Result<Option<(Account, String)>> {
        let row: Option<CredentialsRow> = sqlx::query_as("SELECT id, email, created_at, password_hash FROM users WHERE email = $1")
            .bind(strip_nul(email))
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(Into::into))
    }

    async fn set_password(&self, user_id: Uuid, password_hash: &str, keep: Option<Uuid>) -> Result<Vec<Uuid>> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE users SET password_hash = $2 WHERE id = $1").bind(user_id).bind(password_hash).execute(&mut *tx).await?;
        let ended = sqlx::query_scalar(
            "UPDATE sessions SET ended_at = (SELECT now FROM clock)
             WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL AND expires_at > (SELECT now FROM clock)
             RETURNING id",
        )
        .bind(user_id)
        // No session has the nil id.
        .bind(keep.unwrap_or_default())
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(ended)
    }

    async fn delete_user(&self, user_id: Uuid) -> Result<Vec<Uuid>> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "UPDATE processing_jobs
             SET user_id = $2, status = CASE WHEN ended_at IS NULL THEN 'cancelled' ELSE status END, ended_at = COALESCE(ended_at, (SELECT now FROM clock)),
                 lease_token = NULL, lease_until = NULL, thinned_at = (SELECT now FROM clock)
             WHERE user_id = $1",
        )
        .bind(user_id)
        .bind(NOBODY)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE lists SET user_id = $2, source_key = NULL WHERE user_id = $1").bind(user_id).bind(NOBODY).execute(&mut *tx).await?;
        let sessions = sqlx::query_scalar("DELETE FROM sessions WHERE user_id = $1 RETURNING id").bind(user_id).fetch_all(&mut *tx).await?;
        sqlx::query("DELETE FROM users WHERE id = $1").bind(user_id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(sessions)
    }

    async fn count_attempt(&self, key: &str, window: Duration) -> Result<u32> {
        let attempts = sqlx::query_scalar(
            "INSERT INTO attempt_counters AS c (key, attempts, ends_at) VALUES ($1, 1, (SELECT now + $2 FROM clock))
             ON CONFLICT (key) DO UPDATE SET
                 attempts = CASE WHEN c.ends_at <= excluded.ends_at - $2 THEN 1 ELSE c.attempts + 1 END,
                 ends_at = CASE WHEN c.ends_at <= excluded.ends_at - $2 THEN excluded.ends_at ELSE c.ends_at END
             RETURNING attempts",
        )
        .bind(strip_nul(key))
        .bind(as_micros(window))
        .fetch_one(&self.writer)
        .await?;
        Ok(count(attempts))
    }

    async fn uncount_attempt(&self, key: &str) -> Result<()> {
        // The last one stays until the window ends, and is what the next attempt would have made of it.
        sqlx::query("UPDATE attempt_counters SET attempts = attempts - 1 WHERE key = $1 AND attempts > 1")
            .bind(strip_nul(key))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn attempts(&self, key: &str) -> Result<u32> {
        let attempts = sqlx::query_scalar("SELECT attempts FROM attempt_counters WHERE key = $1 AND ends_at > (SELECT now FROM clock)");
        Ok(count(attempts.bind(strip_nul(key)).fetch_optional(&self.readers).await?.unwrap_or_default()))
    }
}
