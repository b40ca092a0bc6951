//! Heavy reads and sockets.

use app::wire::Problem;
use futures::future::join_all;
use reqwest::Method;
use sqlx::Executor;

use super::harness::{AT_ONCE, Street};
use crate::{
    faults::{cluster::COUNT_LOCK_WAITERS, file},
    support::socket::Socket,
};

/// Found nowhere, so that every row is read.
const NOWHERE: &str = "q=nowhere+at+all";

pub(super) async fn searches_of_a_long_receipt(street: Street) {
    let job = street.long_receipt().await;
    let path = format!("/api/jobs/{job}/items?{NOWHERE}");
    street.ben_lives_during(&[200, 429], |ann| ann.request(Method::GET, &path)).await;
}

/// The table is locked, so that searches end as little as those of a receipt of any length.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_of_one_user_occupy_one_connection() {
    let street = Street::postgres().await;
    let (_, job) = street.list().await;
    let mut holder = street.cluster.hold("LOCK TABLE job_items IN ACCESS EXCLUSIVE MODE").await;
    let path = format!("/api/jobs/{job}/items?{NOWHERE}");
    let searches = join_all((0..AT_ONCE).map(|_| street.ann.request(Method::GET, &path).send()));
    let (answers, ()) = tokio::join!(searches, async {
        street.wait_for_lock_waiters().await;
        street.ben_reads().await;
        assert!(street.cluster.number(COUNT_LOCK_WAITERS).await <= 1, "the others wait for their turn without a connection");
    });
    let mut codes = Vec::new();
    for answer in answers {
        let problem: Problem = answer.unwrap().json().await.unwrap();
        codes.push((problem.status, problem.code.into_owned()));
    }
    assert!(codes.contains(&(429, "too_many_reads".into())), "nobody waits for ever: {codes:?}");
    holder.execute("ROLLBACK").await.unwrap();
    assert_eq!(street.ann.status(Method::GET, &path).await, 200);
}

pub(super) async fn counts_of_a_large_list(street: Street) {
    let list = street.large_list().await;
    let path = format!("/api/lists/{list}");
    street.ben_lives_during(&[200, 429], |ann| ann.request(Method::GET, &path)).await;
}

pub(super) async fn searches_of_a_large_list(street: Street) {
    let list = street.large_list().await;
    let path = format!("/api/lists/{list}/videos?{NOWHERE}&sort=title");
    street.ben_lives_during(&[200, 429], |ann| ann.request(Method::GET, &path)).await;
}

pub(super) async fn downloads_that_nobody_reads(street: Street) {
    let list = street.large_list().await;
    let path = format!("/api/lists/{list}/export?format=json");
    let mut downloads = join_all((0..AT_ONCE).map(|_| street.ann.request(Method::GET, &path).send())).await;
    assert!(downloads.iter().all(|download| download.as_ref().unwrap().status() == 200));
    street.ben_lives().await;
    let read = downloads.pop().unwrap().unwrap().text().await.unwrap();
    assert!(read.contains("Title 20001"), "a download that is read comes to its end");
}

pub(super) async fn sockets_up_to_the_limit(street: Street) {
    let mut sockets = Vec::new();
    let refused = loop {
        match street.ann.ticket().await {
            Ok(ticket) => sockets.push(Socket::open(&street.ann.socket_url(&ticket.ticket)).await),
            Err(status) => break status,
        }
    };
    assert_eq!(refused, Some(429));
    street.ben_lives().await;
    let mut socket = street.ben.socket().await;
    let job = street.ben.import("Live", &file(3)).await;
    socket.until_the_end(job).await;
    drop(sockets);
}
