//! Imports, locks, deletions and passwords.

use futures::future::join_all;
use reqwest::{Method, multipart};
use serde_json::json;
use sqlx::Executor;

use super::harness::{AT_ONCE, Street};
use crate::faults::file;

pub(super) async fn imports_at_once(street: Street) {
    let lines = file(2_000);
    let list = street.ann.new_list("Again and again").await.id;
    let path = format!("/api/lists/{list}/videos/bulk");
    let form = || multipart::Form::new().part("file", multipart::Part::text(lines.clone()).file_name("videos.csv"));
    street.ben_lives_during(&[200, 429, 503], |ann| ann.request(Method::POST, &path).multipart(form())).await;
}

/// As while a large import is stored. On SQLite changes wait for it, on PostgreSQL only those of the same list.
pub(super) async fn changes_that_wait_for_a_lock(street: Street) {
    let path = format!("/api/lists/{}", street.ann.new_list("Locked").await.id);
    let rename = || street.ann.request(Method::PATCH, &path).json(&json!({ "name": "Renamed" })).send();
    if street.is_postgres() {
        let list = path.rsplit('/').next().unwrap().parse().unwrap();
        let mut holder = street.cluster.lock_list(list).await;
        let changes = async {
            for answer in join_all((0..AT_ONCE).map(|_| rename())).await {
                assert_eq!(answer.unwrap().status(), 503, "nobody waits for ever");
            }
        };
        tokio::join!(changes, async {
            street.wait_for_lock_waiters().await;
            street.ben_lives().await;
        });
        holder.execute("ROLLBACK").await.unwrap();
    } else {
        let held = street.database().hold_writes().await;
        let changes = join_all((0..AT_ONCE).map(|_| rename()));
        let (renamed, ()) = tokio::join!(changes, async {
            street.ben_reads().await;
            drop(held);
        });
        assert!(renamed.into_iter().all(|answer| answer.unwrap().status() == 200));
        street.ben_lives().await;
    }
    assert_eq!(rename().await.unwrap().status(), 200);
}

pub(super) async fn deletion_of_a_large_list(street: Street) {
    let list = street.large_list().await;
    let rows = format!("SELECT count(*) FROM videos WHERE list_id = {}", street.database().id(list));
    assert_eq!(street.ann.status(Method::DELETE, &format!("/api/lists/{list}")).await, 204);
    while street.cluster.number(&rows).await > 0 {
        street.ben_lives().await;
    }
}

pub(super) async fn sign_ins_with_wrong_passwords(street: Street) {
    let guess = json!({ "email": "ann@example.org", "password": "not this one" });
    street.ben_lives_during(&[401, 429, 503], |ann| ann.request(Method::POST, "/api/auth/login").json(&guess)).await;
    street.ben.sign_in_again().await;
}
