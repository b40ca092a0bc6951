//! Accounts.

use app::wire::Account;
use uuid::Uuid;

use super::{Database, Db, Gate};
use crate::store::{Result, StoreError, micros::Micros, rows::AccountRow, text::clean};

pub(super) async fn create(db: &Database, email: &str, password_hash: &str, only_if_first: bool) -> Result<Account> {
    let mut tx = db.begin().await?;
    if only_if_first {
        Gate::FirstAccount.pass(&mut tx).await?;
        if sqlx::query_scalar::<Db, bool>("SELECT EXISTS (SELECT 1 FROM users)").fetch_one(&mut *tx).await? {
            return Err(StoreError::RegistrationClosed);
        }
    }
    let sql = concat!(
        "INSERT INTO users (id, email, password_hash, created_at) VALUES ($1, $2, $3, ",
        now!(),
        ") ON CONFLICT (email) DO NOTHING RETURNING id, email, created_at"
    );
    let row = sqlx::query_as::<Db, AccountRow>(sql).bind(Uuid::now_v7()).bind(clean(email)).bind(password_hash).fetch_optional(&mut *tx).await?;
    let account = row.ok_or(StoreError::EmailTaken)?;
    tx.commit().await?;
    Ok(account.into())
}

pub(super) async fn credentials(db: &Database, email: &str) -> Result<Option<(Account, String)>> {
    let sql = "SELECT id, email, created_at, password_hash FROM users WHERE email = $1";
    let row = sqlx::query_as::<Db, (Uuid, String, Micros, String)>(sql).bind(clean(email)).fetch_optional(db.reader()).await?;
    Ok(row.map(|(id, email, created_at, hash)| (Account { id, email, created_at: created_at.0 }, hash)))
}

pub(super) async fn set_password(db: &Database, user_id: Uuid, password_hash: &str, keep: Option<Uuid>) -> Result<Vec<Uuid>> {
    let mut tx = db.begin().await?;
    sqlx::query::<Db>("UPDATE users SET password_hash = $2 WHERE id = $1").bind(user_id).bind(password_hash).execute(&mut *tx).await?;
    let sql = concat!(
        "UPDATE sessions SET ended_at = ",
        now!(),
        " WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL AND expires_at > ",
        now!(),
        " RETURNING id"
    );
    // The nil id is no session's.
    let ended = sqlx::query_scalar::<Db, Uuid>(sql).bind(user_id).bind(keep.unwrap_or_default()).fetch_all(&mut *tx).await?;
    tx.commit().await?;
    Ok(ended)
}
