//! Signals to other processes after changes.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use server::internals::bus::{BusEvent, Signal};
use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;

use super::site::{PASSWORD, Site};

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
    assert_eq!(next_signal(&mut events).await, Signal::JobRemoved { user_id, job_id });

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
