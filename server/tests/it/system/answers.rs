//! Sources that refuse: what people see, and when look-ups go on.

use app::wire::{Job, JobStatus, Page, ProgressUpdate, WaitingReason};

use super::{System, on_both};
use crate::support::{person::Person, wait_until};

const SIMPLE: &str = include_str!("../../samples/simple.csv");
const BLOCKED: &str = "SELECT count(*) FROM sources";

on_both!(
    rejected_key_is_the_reason_and_another_key_is_tried_at_once,
    quota_wait_shows_when_it_ends,
    videos_stored_as_private_without_a_check_are_looked_up_again,
);

async fn restart_with_key(system: &mut System, key: &str) {
    system.stop().await;
    system.set_key(key);
    system.run().await;
}

/// The state of the person's job once it waits for this.
async fn wait_for_reason(person: &Person, reason: WaitingReason) -> ProgressUpdate {
    let newest = async || person.get::<Page<Job>>("/api/jobs?state=all").await.items.remove(0).state;
    wait_until("the job waits", async || newest().await.waiting_reason == Some(reason)).await;
    newest().await
}

async fn rejected_key_is_the_reason_and_another_key_is_tried_at_once(mut system: System) {
    restart_with_key(&mut system, "keyInvalid").await;
    let person = system.sign_up().await;
    let job = person.import("Cooking", SIMPLE).await;
    let state = wait_for_reason(&person, WaitingReason::Key).await;
    assert_eq!(state.message, "YouTube refuses the API key of this instance; 10 videos to go");

    restart_with_key(&mut system, "keyInvalid").await;
    assert_eq!(system.number(BLOCKED).await, 1, "a restart alone repairs nothing");
    restart_with_key(&mut system, "a-good-key").await;
    let job = person.at(&system.base).wait_for_end(job).await;
    assert_eq!((job.status, job.current_video), (JobStatus::Completed, 10));
}

async fn quota_wait_shows_when_it_ends(mut system: System) {
    restart_with_key(&mut system, "quotaExceeded").await;
    let person = system.sign_up().await;
    let job = person.import("Cooking", SIMPLE).await;
    let state = wait_for_reason(&person, WaitingReason::Quota).await;
    let page = person.page(&format!("/jobs/{job}")).await.text().await.unwrap();
    let (hour, minute, _) = state.retry_at.unwrap().time();
    let text = format!("quota until {hour:02}:{minute:02} UTC");
    assert!(page.contains(&text), "{text} in {page}");
}

async fn videos_stored_as_private_without_a_check_are_looked_up_again(mut system: System) {
    let person = system.sign_up().await;
    let job = person.import("Cooking", SIMPLE).await;
    assert_eq!(person.wait_for_end(job).await.status, JobStatus::Completed);
    let receipt = "SELECT count(*) FROM job_items WHERE outcome = 'succeeded'";
    system.stop().await;
    system.execute("UPDATE job_items SET outcome = 'failed', cause = 'unavailable', reason = 'Video is private' WHERE line > 5").await;
    let before = system.number(receipt).await;
    system
        .execute("UPDATE videos SET status = 'unavailable', cause = 'unavailable', error = 'Video is private', checked_at = NULL WHERE position > 5")
        .await;
    system.run().await;
    system.wait_for_number("SELECT count(*) FROM videos WHERE status = 'ok' AND error IS NULL AND cause IS NULL", 10).await;
    assert_eq!((system.number("SELECT count(*) FROM processing_jobs").await, system.number(receipt).await), (1, before), "no job, old receipts");
}
