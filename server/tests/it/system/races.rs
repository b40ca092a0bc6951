//! Concurrent requests, also while the worker is running.

use app::wire::{Control, Frame, ItemOutcome, Job, JobItem, JobStatus, Page};
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use super::{System, on_both};

const TAKEOUT: &str = include_str!("../../samples/takeout-now.csv");
const SIMPLE: &str = include_str!("../../samples/simple.csv");

on_both!(
    concurrent_cancels_end_the_job_once,
    concurrent_retries_create_one_job,
    concurrent_uploads_of_one_file_create_one_job,
    list_deleted_while_its_job_runs_leaves_no_rows,
    old_histories_are_pruned_at_the_next_start,
);

/// Restarts it, slow enough for a test to act during a job.
async fn restart_slowly(system: &mut System, speed: f64) {
    system.stop().await;
    system.set_speed(speed);
    system.set_jobs(1);
    system.run().await;
}

async fn concurrent_cancels_end_the_job_once(mut system: System) {
    restart_slowly(&mut system, 1.0).await;
    let person = system.sign_up().await;
    let list = person.new_list("Long").await;
    let mut socket = person.socket().await;
    let job = person.upload(list.id, TAKEOUT).await.job_id.unwrap();
    while socket.next().await.current_video == 0 {}
    let retry = format!("/api/jobs/{job}/retry");
    let (status, body) = person.post(&retry).await;
    assert_eq!((status, &body["code"]), (409, &json!("job_active")), "not while it runs");

    let cancel = format!("/api/jobs/{job}/cancel");
    let answers = join_all((0..6).map(|_| person.status(Method::POST, &cancel))).await;
    assert_eq!(answers, [202; 6]);
    let last = socket.until_the_end(job).await.pop().unwrap();
    assert_eq!((last.status, person.status(Method::POST, &cancel).await), (JobStatus::Cancelled, 202));
    let history = person.history(job).await;
    assert_eq!(history.iter().filter(|event| event.status.is_terminal()).collect::<Vec<_>>(), [&last]);

    let receipt: Page<JobItem> = person.get(&format!("/api/jobs/{job}/items?limit=500")).await;
    let count = |outcome| receipt.items.iter().filter(|item| item.outcome == Some(outcome)).count() as u32;
    let failed = last.failed_videos.unwrap();
    let counts = (count(ItemOutcome::Succeeded), count(ItemOutcome::Failed), count(ItemOutcome::Cancelled));
    assert_eq!(counts, (last.current_video - failed, failed, last.total_videos - last.current_video), "each item has one outcome");
    // The untried items can be retried now.
    assert_eq!(person.post(&retry).await.0, 201);
}

async fn concurrent_retries_create_one_job(mut system: System) {
    let person = system.sign_up().await;
    let list = person.new_list("Again").await;
    let job = person.upload(list.id, TAKEOUT).await.job_id.unwrap();
    assert_eq!(person.wait_for_end(job).await.status, JobStatus::CompletedWithErrors);
    restart_slowly(&mut system, 0.1).await;
    let person = person.at(&system.base);
    let path = format!("/api/jobs/{job}/retry");
    let mut answers = join_all((0..6).map(|_| person.post(&path))).await;
    answers.sort_by_key(|(status, _)| *status);
    assert_eq!(answers.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 200, 200, 200, 200, 201]);
    assert!(answers.iter().all(|(_, body)| body == &answers[0].1), "{answers:?}");
    let retry: Job = person.get(&format!("/api/jobs/{}", answers[0].1["job_id"].as_str().unwrap())).await;
    assert_eq!(retry.retry_of, Some(job));
}

async fn concurrent_uploads_of_one_file_create_one_job(system: System) {
    let person = system.sign_up().await;
    let list = person.new_list("Twice").await;
    let results = join_all((0..4).map(|_| person.upload(list.id, SIMPLE))).await;
    let jobs: Vec<_> = results.iter().filter_map(|result| result.job_id).collect();
    assert_eq!(jobs.len(), 1);
    assert!(results.iter().all(|result| result.accepted + result.duplicates == 10));
    assert_eq!(person.wait_for_end(jobs[0]).await.total_videos, 10);
    assert_eq!(system.number("SELECT count(*) FROM videos").await, 10);
}

/// The worker has one slot, so the end of the next job shows that it has dropped the deleted one.
async fn list_deleted_while_its_job_runs_leaves_no_rows(mut system: System) {
    restart_slowly(&mut system, 2.0).await;
    let person = system.sign_up().await;
    let (doomed, other) = (person.new_list("Doomed").await, person.new_list("Other").await);
    let (mut page, mut program) = (person.control_socket().await, person.socket().await);
    let gone = person.upload(doomed.id, TAKEOUT).await.job_id.unwrap();
    while program.next().await.current_video == 0 {}
    let stays = person.upload(other.id, SIMPLE).await.job_id.unwrap();
    assert_eq!(person.status(Method::DELETE, &format!("/api/lists/{}", doomed.id)).await, 204);

    while page.frame().await != Frame::Control(Control::Removed { job_id: gone }) {}
    loop {
        match page.frame().await {
            Frame::Update(update) => {
                assert_eq!(update.job_id, stays, "nothing follows the removal");
                if update.status.is_terminal() {
                    break;
                }
            }
            Frame::Control(control) => assert!(matches!(control, Control::Heartbeat { .. } | Control::Source { .. }), "{control:?}"),
        }
    }
    assert_eq!(person.status(Method::GET, &format!("/api/jobs/{gone}")).await, 404);
    let of_others = |table: &str| format!("SELECT count(*) FROM {table} WHERE job_id NOT IN (SELECT id FROM processing_jobs)");
    for (what, left) in [
        ("SELECT count(*) FROM processing_jobs", 1),
        ("SELECT count(*) FROM videos", 10),
        (&*of_others("job_items"), 0),
        (&of_others("job_progress_events"), 0),
    ] {
        system.wait_for_number(what, left).await;
    }
}

async fn old_histories_are_pruned_at_the_next_start(mut system: System) {
    let person = system.sign_up().await;
    let list = person.new_list("Long ago").await;
    let job = person.upload(list.id, SIMPLE).await.job_id.unwrap();
    person.wait_for_end(job).await;
    assert_eq!(person.history(job).await.len(), 12);
    system.stop().await;
    system.execute(&format!("UPDATE processing_jobs SET ended_at = ended_at - {}", system.seconds(31 * 86_400))).await;
    system.run().await;
    let person = person.at(&system.base);
    system.wait_for_number("SELECT count(*) FROM processing_jobs WHERE thinned_at IS NOT NULL", 1).await;
    let kept: Vec<_> = person.history(job).await.iter().map(|event| event.status).collect();
    assert_eq!(kept, [JobStatus::Pending, JobStatus::Completed]);
}
