//! Opening a database: which one, where, and who may read it.

use secrecy::ExposeSecret;
use server::{
    config::Settings,
    internals::store::{StoreError, lock_data_dir, migrate, open},
};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};

use crate::support::database::Database;

#[tokio::test]
async fn another_kind_of_database_is_refused_in_a_sentence() {
    let mut settings = Settings::defaults();
    settings.database_url = Some("mysql://root@127.0.0.1/marks".into());
    let error = open(&settings).await.err().unwrap().to_string();
    assert!(error.contains("DATABASE_URL") && error.contains("postgres://"), "{error}");
    assert!(!error.contains("root@"), "the address may hold a password");
}

#[tokio::test]
async fn opening_twice_keeps_what_is_there() {
    for db in [Database::sqlite().await, Database::postgres().await] {
        let account = super::fixtures::user(&db).await;
        migrate(&db.settings).await.unwrap();
        let again = open(&db.settings).await.unwrap();
        assert_eq!(again.credentials(&account.email).await.unwrap().unwrap().0, account);
    }
}

/// As when several processes start with a new version at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_migrations_wait_for_each_other() {
    let db = Database::postgres().await;
    db.script("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    for migrated in futures::future::join_all((0..4).map(|_| migrate(&db.settings))).await {
        migrated.unwrap();
    }
    super::fixtures::user(&db).await;
}

#[cfg(unix)]
#[tokio::test]
async fn sqlite_files_are_readable_only_by_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let db = Database::sqlite().await;
    super::fixtures::user(&db).await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&db.settings.data_dir), 0o700);
    for file in ["playmarks.db", "playmarks.db-wal", "playmarks.db-shm"] {
        assert_eq!(mode(&db.settings.data_dir.join(file)), 0o600, "{file}");
    }
}

/// A PostgreSQL that disappears and comes back: behind a forwarder on its own port.
#[tokio::test]
async fn unreachable_database_is_unavailable_and_recovers() {
    let db = Database::postgres().await;
    let mut url: url::Url = db.settings.database_url.as_ref().unwrap().expose_secret().parse().unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(address.port())).unwrap();
    let mut settings = db.settings.clone();
    settings.database_url = Some(url.as_str().into());

    let forwarder = tokio::spawn(forward(listener, server.clone()));
    let store = open(&settings).await.unwrap();
    let id = store.create_user("ada@example.org", "hash", false).await.unwrap().id;
    // Dropping the forwarder drops its connections and its port.
    forwarder.abort();
    assert!(forwarder.await.unwrap_err().is_cancelled());
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.create_list(id, "Lost").await, Err(StoreError::Unavailable(_))));
    tokio::spawn(forward(TcpListener::bind(address).await.unwrap(), server));
    assert_eq!(store.create_list(id, "Found").await.unwrap().name, "Found");
}

async fn forward(listener: TcpListener, server: String) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let server = server.clone();
        connections.spawn(async move {
            let mut upstream = TcpStream::connect(server).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
        });
    }
}

#[test]
fn data_dir_is_locked_for_one_process() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let lock = lock_data_dir(&data).unwrap();
    let error = lock_data_dir(&data).unwrap_err().to_string();
    assert!(error.contains("another Playmarks is using this folder"), "{error}");
    drop(lock);
    lock_data_dir(&data).unwrap();
}
