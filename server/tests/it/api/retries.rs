//! Retrying a job's failures by their cause.

use std::time::Duration;

use app::wire::FailureCause;
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::internals::{
    job::{Ending, Failure, ItemResult, Metadata},
    store::{ClaimRules, Store},
};

use super::site::{Site, problem};

const LEASE: Duration = Duration::from_secs(60);

/// Claims and runs the next job: each item fails with its cause, or succeeds.
async fn run_next_job(store: &dyn Store, causes: &[Option<FailureCause>]) {
    let rules = ClaimRules { lease: LEASE, per_user: 9, source: "demo".into() };
    let lease = store.claim(&rules).await.unwrap().unwrap().lease;
    let items = store.untried_items(&lease, 0, 100).await.unwrap();
    assert_eq!(items.len(), causes.len());
    let outcome = |cause: &Option<FailureCause>| match cause {
        Some(cause) => Err(Failure { cause: *cause, text: "It failed".into() }),
        None => Ok(Metadata { title: Some("A title".into()), channel: None, duration_seconds: None, reason: None }),
    };
    let result = |(item, cause): (&server::internals::store::WorkItem, _)| item.result(outcome(cause));
    let results: Vec<ItemResult> = items.iter().zip(causes).map(result).collect();
    crate::store::fixtures::try_flush(store, &lease, &results, Some(Ending::Done)).await.unwrap();
}

#[tokio::test]
async fn retry_by_cause_leaves_its_origin_unchanged() {
    let site = Site::start().await;
    let (ann, _) = site.user("ann@example.org").await;
    let list = ann.list("Mine").await;
    let file = "video00001a\nvideo00002b\nvideo00003c\nvideo00004d\n";
    let uploaded: Value = ann.upload(list, "a.txt", file).await.json().await.unwrap();
    let origin = uploaded["job_id"].as_str().unwrap();
    let (limited, gone, network) = (FailureCause::RateLimited, FailureCause::Unavailable, FailureCause::Network);
    run_next_job(&*site.state.store, &[None, Some(limited), Some(gone), Some(network)]).await;

    let origin_state = async || {
        let job: Value = ann.get(&format!("/api/jobs/{origin}")).await.json().await.unwrap();
        let items: Value = ann.get(&format!("/api/jobs/{origin}/items")).await.json().await.unwrap();
        (job, items, ann.get(&format!("/api/jobs/{origin}/receipt.csv")).await.text().await.unwrap())
    };
    let before = origin_state().await;
    assert_eq!(before.0["causes"], json!({ "rate_limited": 1, "unavailable": 1, "network": 1 }));
    let retry = async |causes: &[FailureCause]| ann.post(&format!("/api/jobs/{origin}/retry"), &json!({ "causes": causes })).await;

    let response = retry(&[limited]).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let created: Value = response.json().await.unwrap();
    let job: Value = ann.get(&format!("/api/jobs/{}", created["job_id"].as_str().unwrap())).await.json().await.unwrap();
    assert_eq!((&job["retry_of"], &job["total_videos"], &job["source_name"]), (&json!(origin), &json!(1), &json!("a.txt")));
    assert_eq!(origin_state().await, before);
    let other = retry(&[network]).await;
    assert_eq!(other.status(), StatusCode::OK, "one retry of a job at a time");
    assert_eq!(other.json::<Value>().await.unwrap(), created);

    run_next_job(&*site.state.store, &[None]).await;
    assert_eq!(origin_state().await, before, "a retry does not change the outcomes of its origin");
    assert_eq!(problem(retry(&[limited]).await).await, (422, "nothing_to_retry".into()), "that video has succeeded meanwhile");
    let response = retry(&[]).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    run_next_job(&*site.state.store, &[Some(gone), None]).await;
    let response: Value = response.json().await.unwrap();
    let job: Value = ann.get(&format!("/api/jobs/{}", response["job_id"].as_str().unwrap())).await.json().await.unwrap();
    assert_eq!((&job["status"], &job["causes"]), (&json!("completed_with_errors"), &json!({ "unavailable": 1 })));
}
