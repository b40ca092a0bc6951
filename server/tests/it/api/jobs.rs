//! Cancelling, retrying and dismissing jobs; history.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::site::{Browser, Site, problem};

async fn create_job(browser: &Browser) -> String {
    let list = browser.list("Mine").await;
    let result: Value = browser.upload(list, "a.txt", "dQw4w9WgXcQ\nvideo000001\n").await.json().await.unwrap();
    result["job_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn unclaimed_job_is_cancelled_retried_and_dismissed() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let id = create_job(&ann).await;
    let post = async |verb: &str| ann.send(Method::POST, &format!("/api/jobs/{id}/{verb}")).await;
    assert_eq!(problem(post("retry").await).await, (409, "job_active".into()));
    assert_eq!(problem(post("dismiss").await).await, (409, "job_active".into()));

    assert_eq!(post("cancel").await.status(), StatusCode::ACCEPTED);
    assert_eq!(post("cancel").await.status(), StatusCode::ACCEPTED, "idempotent");
    let ended: Value = ann.get(&format!("/api/jobs/{id}")).await.json().await.unwrap();
    assert_eq!((&ended["status"], &ended["state"]["seq"]), (&json!("cancelled"), &json!(2)));

    let retried = post("retry").await;
    assert_eq!(retried.status(), StatusCode::CREATED);
    let retried: Value = retried.json().await.unwrap();
    let again = ann.post(&format!("/api/jobs/{id}/retry"), &json!({ "causes": [] })).await;
    assert_eq!(again.status(), StatusCode::OK);
    assert_eq!(again.json::<Value>().await.unwrap(), retried);
    let new: Value = ann.get(&format!("/api/jobs/{}", retried["job_id"].as_str().unwrap())).await.json().await.unwrap();
    assert_eq!((&new["retry_of"], &new["total_videos"]), (&json!(id), &json!(2)));
    let linked: Value = ann.get(&format!("/api/jobs?retry_of={id}")).await.json().await.unwrap();
    assert_eq!(linked["items"].as_array().unwrap().iter().map(|job| &job["id"]).collect::<Vec<_>>(), [&retried["job_id"]]);

    let count = async |state: &str| {
        let jobs: Value = ann.get(&format!("/api/jobs?state={state}")).await.json().await.unwrap();
        jobs["items"].as_array().unwrap().len()
    };
    assert_eq!((count("active").await, count("recent").await, count("all").await), (1, 2, 2));
    assert_eq!(post("dismiss").await.status(), StatusCode::NO_CONTENT);
    assert_eq!((count("active").await, count("recent").await, count("").await), (1, 1, 2));
}

#[tokio::test]
async fn retry_is_refused_when_nothing_is_left_or_a_cause_is_unknown() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let id = create_job(&ann).await;
    ann.send(Method::POST, &format!("/api/jobs/{id}/cancel")).await;
    let retry = async |body: &Value| problem(ann.post(&format!("/api/jobs/{id}/retry"), body).await).await;
    assert_eq!(retry(&json!({ "causes": ["boredom"] })).await, (422, "bad_body".into()));

    let job: Value = ann.get(&format!("/api/jobs/{id}")).await.json().await.unwrap();
    let videos = format!("/api/lists/{}/videos", job["list_id"].as_str().unwrap());
    let page: Value = ann.get(&videos).await.json().await.unwrap();
    let ids: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|video| &video["id"]).collect();
    assert_eq!(ann.post(&format!("{videos}/delete"), &json!({ "ids": ids })).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(retry(&json!({})).await, (422, "nothing_to_retry".into()));
}

#[tokio::test]
async fn history_is_an_array_with_a_link_to_the_next_page() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let id = create_job(&ann).await;
    ann.send(Method::POST, &format!("/api/jobs/{id}/cancel")).await;
    let path = format!("/api/jobs/{id}/progress-history");
    let all: Vec<Value> = ann.get(&path).await.json().await.unwrap();
    assert_eq!(all.iter().map(|event| event["status"].as_str().unwrap()).collect::<Vec<_>>(), ["pending", "cancelled"]);

    let first = ann.get(&format!("{path}?limit=1")).await;
    assert_eq!(first.headers()["link"], format!("<{path}?after_seq=1&limit=1>; rel=\"next\""));
    assert_eq!(first.json::<Vec<Value>>().await.unwrap(), all[..1]);
    let rest = ann.get(&format!("{path}?after_seq=1&limit=1")).await;
    assert!(rest.headers().get("link").is_none());
    assert_eq!(rest.json::<Vec<Value>>().await.unwrap(), all[1..]);

    let since = all[0]["created_at"].as_str().unwrap();
    assert_eq!(ann.get(&format!("{path}?since={since}")).await.json::<Vec<Value>>().await.unwrap(), all[1..], "exclusive");
    assert_eq!(ann.get(&format!("{path}?since={since}&after_seq=2")).await.json::<Vec<Value>>().await.unwrap(), all[2..], "both apply");
    assert_eq!(ann.get(&format!("{path}?after_seq={}", u64::MAX)).await.json::<Vec<Value>>().await.unwrap(), all[2..]);
    assert_eq!(problem(ann.get(&format!("{path}?since=yesterday")).await).await, (400, "bad_since".into()));
    assert_eq!(problem(ann.get(&format!("{path}?after_seq=-1")).await).await, (400, "bad_query".into()));
}

#[tokio::test]
async fn job_is_forbidden_to_others_and_not_found_when_unknown() {
    let site = Site::start().await;
    let ((ann, _), (bob, _)) = (site.user("ann@example.org").await, site.user("bob@example.org").await);
    let id = create_job(&ann).await;
    let calls = [
        (Method::GET, ""),
        (Method::GET, "/progress-history"),
        (Method::GET, "/items"),
        (Method::GET, "/receipt.csv"),
        (Method::POST, "/cancel"),
        (Method::POST, "/retry"),
        (Method::POST, "/dismiss"),
    ];
    for (method, path) in calls {
        let ask = async |id: &str| problem(bob.send(method.clone(), &format!("/api/jobs/{id}{path}")).await).await;
        assert_eq!(ask(&id).await, (403, "job_forbidden".into()), "{method} {path}");
        assert_eq!(ask(&Uuid::nil().to_string()).await, (404, "job_not_found".into()), "{method} {path}");
        assert_eq!(ask("1").await, (404, "not_found".into()), "{method} {path}");
        assert_eq!(site.browser().send(method.clone(), &format!("/api/jobs/{id}{path}")).await.status(), StatusCode::UNAUTHORIZED);
    }
}
