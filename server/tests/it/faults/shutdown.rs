//! SIGTERM: with a thousand open sockets and running jobs, and a copy of the database file afterwards.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use futures::future::join_all;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use super::{cluster::Cluster, file, process::Process, raise_file_limit};
use crate::support::{person::Person, socket::Socket};

/// This many users with this many sockets each.
const PEOPLE: usize = 4;
const SOCKETS: usize = 250;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_closes_a_thousand_sockets_and_hands_back_every_job() {
    raise_file_limit();
    let cluster = Cluster::shared().await;
    // The lease does not expire during the test: jobs continue only because they are handed back.
    let settings = [("MAX_SOCKETS_PER_USER", "250"), ("MAX_SOCKETS_PER_ADDRESS", "10000"), ("LEASE_SECONDS", "3600"), ("DEMO_SPEED", "0.5")];
    let mut leaving = cluster.node("serve", &settings).await;
    let (mut people, mut sockets): (Vec<_>, Vec<Socket>) = (Vec::new(), Vec::new());
    for _ in 0..PEOPLE {
        let person = Person::sign_up(&leaving.direct()).await;
        for _ in 0..SOCKETS / 50 {
            sockets.extend(join_all((0..50).map(|_| person.socket())).await);
        }
        people.push(person);
    }
    // After all sockets are open, which takes a busy machine long.
    let mut jobs = Vec::new();
    for person in people {
        jobs.push((person.import("Cooking", &file(200)).await, person));
    }
    for (at, (job, _)) in jobs.iter().enumerate() {
        let socket = &mut sockets[at * SOCKETS];
        while socket.next().await.current_video == 0 {}
        assert_eq!(cluster.number(&format!("SELECT count(*) FROM processing_jobs WHERE id = '{job}' AND ended_at IS NULL")).await, 1);
    }
    leaving.process.terminate();
    let closes = join_all(sockets.iter_mut().map(Socket::closed)).await;
    assert_eq!(closes.len(), PEOPLE * SOCKETS);
    assert!(closes.iter().all(|close| *close == (1001, "going_away".into())), "{:?}", closes.iter().find(|close| close.0 != 1001));
    // Shutdown that takes more than ten seconds has another code.
    assert_eq!(leaving.process.wait_for_exit().await.code(), Some(0));
    assert_eq!(cluster.number("SELECT count(*) FROM processing_jobs WHERE lease_token IS NOT NULL OR attempts > 0").await, 0);

    let staying = cluster.node("serve", &[("DEMO_SPEED", "20")]).await;
    for (job, person) in jobs {
        assert_eq!(person.at(&staying.direct()).wait_for_end(job).await.current_video, 200);
    }
}

/// Numbers of accounts, lists and videos in a copy of the database file, without its -wal.
async fn counts_in_copy(data_dir: &Path) -> (i64, i64, i64) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::copy(data_dir.join("playmarks.db"), &copy).unwrap();
    let mut connection = SqliteConnectOptions::new().filename(&copy).connect().await.unwrap();
    let sql = "SELECT (SELECT count(*) FROM users WHERE email <> 'nobody'), (SELECT count(*) FROM lists), (SELECT count(*) FROM videos)";
    sqlx::query_as(sql).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_file_is_whole_by_itself_after_a_clean_stop() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let path = data_dir.display().to_string();
    let settings = [("DATA_DIR", &*path), ("BIND_ADDR", "127.0.0.1:0"), ("METADATA", "demo"), ("DEMO_SPEED", "20"), ("RATE_LIMITS", "off")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));

    assert!(Process::start("migrate", &settings).wait_for_exit().await.success());
    assert_eq!(counts_in_copy(&data_dir).await, (0, 0, 0), "the tables are there");

    for round in 1..=6 {
        let mut serve = Process::start("serve", &settings);
        let base = serve.wait_for_log("open ").await;
        let person = Person::sign_up(base.trim_end_matches('/')).await;
        // Every other job is still running when the process is stopped.
        let job = person.import("Cooking", &file(40)).await;
        if round % 2 == 0 {
            person.wait_for_end(job).await;
        }
        serve.terminate();
        assert_eq!(serve.wait_for_exit().await.code(), Some(0));
        assert_eq!(counts_in_copy(&data_dir).await, (round, round, 40 * round));
        assert!(!data_dir.join("playmarks.db-wal").exists(), "nothing is left beside it");
    }

    let mut add = Command::new(env!("CARGO_BIN_EXE_playmarks"));
    add.args(["user", "add", "late@example.org"]).env_clear().envs(settings).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut add = add.spawn().unwrap();
    add.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
    assert!(add.wait().unwrap().success());
    assert_eq!(counts_in_copy(&data_dir).await, (7, 6, 240));
}
