//! PostgreSQL falls silent without closing connections: requests are answered 503 in time, and work again later.

use app::wire::{List, Page};
use futures::future::join_all;
use reqwest::{Method, Response};
use sqlx::Executor;

use super::{
    cluster::{COUNT_LOCK_WAITERS, Cluster},
    node::Node,
    proxy::LinkState,
};
use crate::support::{person::Person, wait_until};

async fn assert_unavailable(answer: Response) {
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(answer.text().await.unwrap().contains(r#""code":"unavailable""#));
}

/// With more requests than connections, so that each is used.
async fn assert_recovered(web: &Node, person: &Person) {
    web.database.as_ref().expect("it has one").set(LinkState::Up);
    let person = person.patient();
    join_all((0..20).map(|_| person.get::<Page<List>>("/api/lists"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_get_503_when_postgres_is_silent() {
    let cluster = Cluster::shared().await;
    let web = cluster.node("web", &[("DATABASE_CONNECTIONS", "2")]).await;
    let person = Person::sign_up(&web.base()).await;
    for link_state in [LinkState::Blackhole, LinkState::RepliesLost] {
        web.database.as_ref().expect("it has one").set(link_state);
        for answer in join_all((0..8).map(|_| person.request(Method::GET, "/api/lists").send())).await {
            assert_unavailable(answer.unwrap()).await;
        }
        assert_eq!(person.request(Method::GET, "/readyz").send().await.unwrap().status(), 503);
        assert_recovered(&web, &person).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_gets_503_when_postgres_falls_silent_during_it() {
    let cluster = Cluster::shared().await;
    let web = cluster.node("web", &[("DATABASE_CONNECTIONS", "2")]).await;
    let person = Person::sign_up(&web.base()).await;
    let mut holder = cluster.lock_lists_table().await;
    let asking = {
        let person = person.clone();
        tokio::spawn(async move { person.request(Method::GET, "/api/lists").send().await.unwrap() })
    };
    wait_until("the statement waits", async || cluster.number(COUNT_LOCK_WAITERS).await == 1).await;
    web.database.as_ref().expect("it has one").set(LinkState::Blackhole);
    holder.execute("ROLLBACK").await.unwrap();
    assert_unavailable(asking.await.unwrap()).await;
    assert_recovered(&web, &person).await;
}
