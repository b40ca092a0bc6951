//! PostgreSQL falls silent without a reset, before a web process asks or while it waits: it says so in time, and recovers.

use app::wire::{List, Page};
use futures::future::join_all;
use reqwest::{Method, Response};
use sqlx::Executor;

use super::{
    cluster::{Cluster, WAITING},
    node::Node,
    proxy::Weather,
    until,
};
use crate::support::person::Person;

async fn says_try_again(answer: Response) {
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(answer.text().await.unwrap().contains(r#""code":"unavailable""#));
}

/// With every connection that it may have, and then some.
async fn works_again(web: &Node, person: &Person) {
    web.database.as_ref().expect("it has one").set(Weather::Fair);
    let person = person.patient();
    join_all((0..20).map(|_| person.get::<Page<List>>("/api/lists"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_it_is_asked() {
    let cluster = Cluster::shared().await;
    let web = cluster.node("web", &[("DATABASE_CONNECTIONS", "2")]).await;
    let person = Person::sign_up(&web.base()).await;
    for weather in [Weather::Void, Weather::Deaf] {
        web.database.as_ref().expect("it has one").set(weather);
        for answer in join_all((0..8).map(|_| person.request(Method::GET, "/api/lists").send())).await {
            says_try_again(answer.unwrap()).await;
        }
        assert_eq!(person.request(Method::GET, "/readyz").send().await.unwrap().status(), 503);
        works_again(&web, &person).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_is_asked() {
    let cluster = Cluster::shared().await;
    let web = cluster.node("web", &[("DATABASE_CONNECTIONS", "2")]).await;
    let person = Person::sign_up(&web.base()).await;
    let mut holder = cluster.hold_lists().await;
    let asking = {
        let person = person.clone();
        tokio::spawn(async move { person.request(Method::GET, "/api/lists").send().await.unwrap() })
    };
    until("the statement waits", async || cluster.number(WAITING).await == 1).await;
    web.database.as_ref().expect("it has one").set(Weather::Void);
    holder.execute("ROLLBACK").await.unwrap();
    says_try_again(asking.await.unwrap()).await;
    works_again(&web, &person).await;
}
