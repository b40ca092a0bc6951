//! Limits: database connections, locks, slow requests, client connections, request rates.

use app::wire::{Job, Page, Video};
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use sqlx::Executor;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    cluster::{COUNT_LOCK_WAITERS, Cluster},
    file,
    node::Node,
};
use crate::support::{TIMEOUT, person::Person, wait_until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exhausted_pool_answers_503_and_recovers() {
    let cluster = Cluster::shared().await;
    let web = cluster.node("web", &[("DATABASE_CONNECTIONS", "2")]).await;
    let person = Person::sign_up(&web.base()).await;
    let path = format!("/api/lists/{}/videos", person.new_list("Read by many").await.id);
    let mut holder = cluster.lock_lists_table().await;
    for answer in join_all((0..200).map(|_| person.request(Method::GET, &path).send())).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        // Requests with a connection wait for the table, the others for a connection.
        let text = answer.text().await.unwrap();
        assert!(text.contains(r#""code":"unavailable""#) || text.contains(r#""code":"list_busy""#), "{text}");
    }
    holder.execute("ROLLBACK").await.unwrap();
    let person = person.patient();
    join_all((0..200).map(|_| person.get::<Page<Video>>(&path))).await;
}

/// As while an import is stored into the list for minutes and forty clients keep trying to change it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_for_a_locked_list_are_refused_in_time_and_hold_up_nobody_else() {
    let cluster = Cluster::shared().await;
    let serve = cluster.node("serve", &[("DEMO_SPEED", "2")]).await;
    let (owner, other) = (Person::sign_up(&serve.base()).await, Person::sign_up(&serve.base()).await);
    let list = owner.new_list("Locked").await;
    let mut holder = cluster.lock_list(list.id).await;
    let job = other.import("Cooking", &file(20)).await;

    let released = CancellationToken::new();
    let (path, video) = (format!("/api/lists/{}/videos", list.id), json!({ "url": "dQw4w9WgXcQ" }));
    let clients = join_all((0..40).map(|_| {
        let (owner, path, video, released) = (owner.clone(), path.clone(), video.clone(), released.clone());
        tokio::spawn(async move {
            while !released.is_cancelled() {
                let answer = owner.request(Method::POST, &path).json(&video).send().await.unwrap();
                if !released.is_cancelled() {
                    assert_eq!(answer.status(), 503);
                    assert!(answer.headers().contains_key("retry-after"));
                    assert!(answer.text().await.unwrap().contains(r#""code":"list_busy""#));
                }
            }
        })
    }));
    let others = async {
        wait_until("they wait for the list", async || cluster.number(COUNT_LOCK_WAITERS).await > 0).await;
        loop {
            assert_eq!(other.request(Method::GET, "/readyz").send().await.unwrap().status(), 200);
            let newcomer = Person::sign_up(&serve.base()).await;
            let mine = format!("/api/lists/{}", newcomer.new_list("Mine").await.id);
            let renamed = newcomer.request(Method::PATCH, &mine).json(&json!({ "name": "Still mine" })).send().await.unwrap();
            assert_eq!(renamed.status(), 200, "changes of one's own list do not wait for that of others");
            assert_eq!(newcomer.request(Method::POST, &format!("{mine}/videos")).json(&video).send().await.unwrap().status(), 201);
            newcomer.sign_in_again().await;
            if other.get::<Job>(&format!("/api/jobs/{job}")).await.ended_at.is_some() {
                break;
            }
        }
        assert!(cluster.number(COUNT_LOCK_WAITERS).await > 0, "they still wait");
        released.cancel();
        holder.execute("ROLLBACK").await.unwrap();
    };
    let (ended, ()) = tokio::join!(clients, others);
    ended.into_iter().for_each(|client| client.unwrap());
    assert_eq!(owner.patient().status(Method::DELETE, &format!("/api/lists/{}", list.id)).await, 204);
}

async fn connect(node: &Node) -> TcpStream {
    let url: url::Url = node.direct().parse().unwrap();
    TcpStream::connect(url.socket_addrs(|| None).unwrap()[0]).await.unwrap()
}

/// Sends this and nothing more; returns everything until the server closes the connection.
async fn response_to(node: &Node, request: &str) -> String {
    let mut stream = connect(node).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(TIMEOUT, stream.read_to_end(&mut answer)).await.expect("the server ends it").unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn incomplete_requests_are_ended_after_a_timeout() {
    let serve = Cluster::embedded().await.node("serve", &[]).await;
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let body = format!("{head}Content-Length: 1000\r\n\r\n{{\"email\":");
    let (silent, begun, body) = tokio::join!(response_to(&serve, ""), response_to(&serve, head), response_to(&serve, &body));
    assert_eq!((silent.as_str(), begun.as_str()), ("", ""), "there is no request to answer");
    assert!(body.starts_with("HTTP/1.1 408 ") && body.contains(r#""code":"too_slow""#), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_over_the_limit_wait_until_one_closes() {
    let cluster = Cluster::embedded().await;
    let mut serve = cluster.node("serve", &[("MAX_CONNECTIONS", "3")]).await;
    let mut held = Vec::new();
    // Connections of the readiness check may still be open.
    wait_until("it is full", async || {
        held.push(connect(&serve).await);
        serve.process.find_in_log("as many connections as MAX_CONNECTIONS allows").is_some()
    })
    .await;
    let mut waiting = connect(&serve).await;
    waiting.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    held.clear();
    let mut answer = String::new();
    timeout(TIMEOUT, waiting.read_to_string(&mut answer)).await.expect("its turn comes").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(serve.process.exit_status().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_over_the_rate_limit_gets_429_and_others_do_not() {
    let cluster = Cluster::embedded().await;
    let serve = cluster.node("serve", &[("RATE_LIMITS", "on"), ("REQUESTS_PER_SECOND", "1"), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = |from: &'static str| client.get(format!("{}/healthz", serve.base())).header("x-forwarded-for", from).send();
    wait_until("it is refused", async || {
        let answer = ask("203.0.113.7").await.unwrap();
        if answer.status() == 200 {
            return false;
        }
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "1"));
        assert!(answer.text().await.unwrap().contains(r#""code":"too_many_requests""#));
        true
    })
    .await;
    assert_eq!(ask("198.51.100.7").await.unwrap().status(), 200);
    wait_until("it is taken again", async || ask("203.0.113.7").await.unwrap().status() == 200).await;
}
