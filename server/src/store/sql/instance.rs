//! What belongs to the whole instance: its secret, its counters, its cleaning.

use std::time::Duration;

use super::{Database, Db, Gate};
use crate::store::{
    Result,
    micros::in_micros,
    text::{clean, count},
};

pub(super) async fn ping(db: &Database) -> Result<()> {
    sqlx::query("SELECT 1").execute(db.reader()).await?;
    Ok(())
}

pub(super) async fn secret(db: &Database, candidate: &[u8]) -> Result<Vec<u8>> {
    sqlx::query("INSERT INTO instance (only_row, secret) VALUES (TRUE, $1) ON CONFLICT DO NOTHING").bind(candidate).execute(db.writer()).await?;
    Ok(sqlx::query_scalar::<Db, Vec<u8>>("SELECT secret FROM instance").fetch_one(db.writer()).await?)
}

/// One row a key: an attempt after the window's end begins the next window.
pub(super) async fn count_attempt(db: &Database, key: &str, window: Duration) -> Result<u32> {
    let sql = concat!(
        "INSERT INTO attempt_counters AS c (key, attempts, ends_at) VALUES ($1, 1, ",
        now_plus!("$2"),
        ") ON CONFLICT (key) DO UPDATE SET attempts = CASE WHEN c.ends_at <= ",
        now!(),
        " THEN 1 ELSE c.attempts + 1 END, ends_at = CASE WHEN c.ends_at <= ",
        now!(),
        " THEN excluded.ends_at ELSE c.ends_at END RETURNING attempts"
    );
    let attempts = sqlx::query_scalar::<Db, i64>(sql).bind(clean(key)).bind(in_micros(window)).fetch_one(db.writer()).await?;
    Ok(count(attempts))
}

/// One at a time, so that two never wait for each other's rows.
pub(super) async fn sweep(db: &Database) -> Result<()> {
    let mut tx = db.begin().await?;
    Gate::Sweep.pass(&mut tx).await?;
    for sql in [
        concat!("DELETE FROM ws_tickets WHERE expires_at <= ", now!()),
        concat!("DELETE FROM sessions WHERE expires_at <= ", now!()),
        concat!("DELETE FROM attempt_counters WHERE ends_at <= ", now!()),
    ] {
        sqlx::query::<Db>(sql).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}
