//! Signals to other processes after changes.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use server::internals::bus::{BusEvent, Signal};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::timeout,
};
use uuid::Uuid;

use super::site::{PASSWORD, Site};
use crate::support::{database::Database, wait_until};

async fn next_signal(events: &mut mpsc::Receiver<BusEvent>) -> Signal {
    loop {
        match timeout(Duration::from_secs(10), events.recv()).await.expect("a signal in time").expect("the bus is open") {
            BusEvent::Signal(signal) => return signal,
            _ => continue,
        }
    }
}

fn id(value: &Value) -> Uuid {
    serde_json::from_value(value.clone()).unwrap()
}

#[tokio::test]
async fn change_is_signalled_to_other_processes() {
    let site = Site::start().await;
    let (ann, body) = site.user("ann@example.org").await;
    let user_id = id(&body["user"]["id"]);
    let mut events = site.state.bus.take_events().unwrap();

    let list = ann.list("Mine").await;
    let result: Value = ann.upload(list, "a.txt", "dQw4w9WgXcQ").await.json().await.unwrap();
    assert_eq!(next_signal(&mut events).await, Signal::WorkWaiting);
    let job_id = id(&result["job_id"]);
    ann.send(Method::POST, &format!("/api/jobs/{job_id}/cancel")).await;
    ann.send(Method::POST, &format!("/api/jobs/{job_id}/dismiss")).await;
    assert_eq!(next_signal(&mut events).await, Signal::JobDismissed { user_id, job_id });
    ann.send(Method::DELETE, &format!("/api/lists/{list}")).await;
    assert_eq!(next_signal(&mut events).await, Signal::JobsRemoved { user_id, job_ids: vec![job_id] });

    let other = site.browser();
    other.post("/api/auth/login", &json!({ "email": "ann@example.org", "password": PASSWORD })).await;
    let sessions: Value = ann.get("/api/auth/sessions").await.json().await.unwrap();
    let session = |current: bool| id(&sessions["items"].as_array().unwrap().iter().find(|session| session["current"] == current).unwrap()["id"]);
    ann.post("/api/auth/password", &json!({ "current_password": PASSWORD, "new_password": "a new password" })).await;
    assert_eq!(next_signal(&mut events).await, Signal::SessionEnded { session_id: session(false) });
    ann.send(Method::POST, "/api/auth/logout").await;
    assert_eq!(next_signal(&mut events).await, Signal::SessionEnded { session_id: session(true) });
}

#[tokio::test]
async fn job_state_is_published_on_the_channel_of_its_user() {
    let site = Site::start().await;
    let (ann, body) = site.user("ann@example.org").await;
    let user_id = id(&body["user"]["id"]);
    let mut events = site.state.bus.take_events().unwrap();
    site.state.bus.subscribe(user_id).await.unwrap();
    let list = ann.list("Mine").await;
    let result: Value = ann.upload(list, "a.txt", "dQw4w9WgXcQ").await.json().await.unwrap();
    let mut published = async || loop {
        if let BusEvent::Progress { user_id: channel, payload } = timeout(Duration::from_secs(10), events.recv()).await.expect("in time").unwrap() {
            assert_eq!(channel, user_id);
            return serde_json::from_slice::<Value>(&payload).unwrap();
        }
    };
    let pending = published().await;
    assert_eq!((&pending["job_id"], &pending["status"], &pending["seq"]), (&result["job_id"], &json!("pending"), &json!(1)));
    ann.send(Method::POST, &format!("/api/jobs/{}/cancel", result["job_id"].as_str().unwrap())).await;
    let ended = published().await;
    assert_eq!((&ended["status"], &ended["seq"]), (&json!("cancelled"), &json!(2)));
}

/// Sends a change that has to wait for the database, leaves as soon as it is in progress, and lets it go on once the server has noticed.
async fn leave_during(site: &Site, db: &Database, token: &str, method: &str, path: &str) {
    let held = db.hold_writes().await;
    let mut client = TcpStream::connect(site.url("").trim_start_matches("http://")).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    wait_until("the change is in progress", async || !site.state.changes.is_empty()).await;
    client.shutdown().await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "", "the request was dropped");
    drop(held);
}

async fn change_is_announced_although_its_client_has_left(db: Database) {
    let site = Site::on(&db).await;
    let (ann, body) = site.user("ann@example.org").await;
    let (user_id, token) = (id(&body["user"]["id"]), body["access_token"].as_str().unwrap());
    let list = ann.list("Mine").await;
    let result: Value = ann.upload(list, "a.txt", "dQw4w9WgXcQ").await.json().await.unwrap();
    let job_id = id(&result["job_id"]);
    let mut events = site.state.bus.take_events().unwrap();
    assert_eq!(next_signal(&mut events).await, Signal::WorkWaiting);
    ann.send(Method::POST, &format!("/api/jobs/{job_id}/cancel")).await;
    leave_during(&site, &db, token, "POST", &format!("/api/jobs/{job_id}/retry")).await;
    assert_eq!(next_signal(&mut events).await, Signal::WorkWaiting);
    leave_during(&site, &db, token, "POST", &format!("/api/jobs/{job_id}/dismiss")).await;
    assert_eq!(next_signal(&mut events).await, Signal::JobDismissed { user_id, job_id });
    leave_during(&site, &db, token, "DELETE", &format!("/api/lists/{list}")).await;
    let Signal::JobsRemoved { user_id: owner, job_ids } = next_signal(&mut events).await else { panic!("no removal") };
    assert_eq!((owner, job_ids.len()), (user_id, 2), "both jobs in one message");
    leave_during(&site, &db, token, "POST", "/api/auth/logout").await;
    assert!(matches!(next_signal(&mut events).await, Signal::SessionEnded { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn change_is_announced_although_its_client_has_left_on_postgres() {
    change_is_announced_although_its_client_has_left(Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn change_is_announced_although_its_client_has_left_on_sqlite() {
    change_is_announced_although_its_client_has_left(Database::sqlite().await).await;
}
