//! PostgreSQL behind a pooler in transaction mode, where the settings of a session are lost.

use std::time::Duration;

use secrecy::ExposeSecret;
use server::internals::store::{self, StoreError};
use sqlx::{Connection, PgConnection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use url::Url;

use super::{fixtures::user_with_list, plans};
use crate::support::database::Database;

#[tokio::test]
async fn statement_that_takes_too_long_is_not_an_unreachable_database() {
    let db = Database::postgres().await;
    let mut connection = PgConnection::connect(db.settings.database_url.as_ref().unwrap().expose_secret()).await.unwrap();
    sqlx::query("SET statement_timeout = '10ms'").execute(&mut connection).await.unwrap();
    let error = sqlx::query("SELECT pg_sleep(60)").execute(&mut connection).await.unwrap_err();
    let error = StoreError::from(error);
    assert!(matches!(error, StoreError::TooSlow(_)), "{error}");
    assert!(error.is_transient(), "a worker tries again");
}

/// A new database behind a forwarder that removes `options` from the message that opens a session, as PgBouncer does with
/// `ignore_startup_parameters`.
async fn behind_pooler() -> Database {
    let mut db = Database::postgres().await;
    let mut url: Url = db.settings.database_url.as_ref().unwrap().expose_secret().parse().unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            tokio::spawn(forward(client, server.clone()));
        }
    });
    db.settings.database_url = Some(url.as_str().into());
    db.store = store::open(&db.settings).await.unwrap();
    db
}

async fn forward(mut client: TcpStream, server: String) -> std::io::Result<()> {
    let startup = loop {
        let mut message = vec![0; client.read_u32().await? as usize - 4];
        client.read_exact(&mut message).await?;
        // Four bytes alone ask for TLS.
        if message.len() > 4 {
            break message;
        }
        client.write_all(b"N").await?;
    };
    let (version, parameters) = startup.split_at(4);
    let texts: Vec<&[u8]> = parameters.split(|byte| *byte == 0).collect();
    let mut kept = version.to_vec();
    for pair in texts.chunks_exact(2).filter(|pair| !pair[0].is_empty() && pair[0] != b"options") {
        kept.extend(pair.iter().flat_map(|text| text.iter().copied().chain([0])));
    }
    kept.push(0);
    let mut upstream = TcpStream::connect(server).await?;
    upstream.write_u32(kept.len() as u32 + 4).await?;
    upstream.write_all(&kept).await?;
    copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transaction_has_a_lock_timeout_behind_a_pooler() {
    let db = behind_pooler().await;
    let (user, list) = user_with_list(&db).await;
    let holder = sqlx::PgPool::connect(db.settings.database_url.as_ref().unwrap().expose_secret()).await.unwrap();
    let timeout_of_session: String = sqlx::query_scalar("SHOW lock_timeout").fetch_one(&holder).await.unwrap();
    assert_eq!(timeout_of_session, "0");
    let mut tx = holder.begin().await.unwrap();
    sqlx::query("SELECT id FROM lists FOR UPDATE").execute(&mut *tx).await.unwrap();
    let deletion = timeout(Duration::from_secs(30), db.store.delete_list(user, list)).await.expect("it does not wait for the lock");
    assert!(matches!(deletion, Err(StoreError::Busy(_))), "{deletion:?}");
    tx.rollback().await.unwrap();
    db.store.delete_list(user, list).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_keys_are_checked_by_an_index_behind_a_pooler() {
    plans::assert_foreign_keys_are_checked_by_an_index(behind_pooler().await).await;
}
