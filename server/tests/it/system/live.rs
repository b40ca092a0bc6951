//! From an upload to the last frame on the socket.

use app::wire::{ItemOutcome, JobItem, JobStatus, Page, Verdict};
use redis::AsyncCommands;
use reqwest::Method;
use uuid::Uuid;

use super::{System, on_both};

const SIMPLE: &str = include_str!("../../samples/simple.csv");
const TAKEOUT: &str = include_str!("../../samples/takeout-now.csv");

on_both!(
    import_progress_is_sent_live_until_the_end,
    failures_are_sent_and_stored,
    stopped_process_hands_its_jobs_back,
    sign_out_closes_the_socket,
    cancelled_job_ends_and_other_users_get_no_update_of_it,
);

async fn import_progress_is_sent_live_until_the_end(system: System) {
    let person = system.sign_up().await;
    let list = person.new_list("Cooking").await;
    let mut socket = person.socket().await;
    let result = person.upload(list.id, SIMPLE).await;
    assert_eq!((result.total, result.accepted, result.duplicates, result.rejected_count), (10, 10, 0, 0));
    let job = result.job_id.unwrap();

    let updates = socket.until_the_end(job).await;
    assert!(updates.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].progress <= pair[1].progress));
    let last = updates.last().unwrap();
    assert_eq!((last.status, last.progress, last.current_video, last.total_videos), (JobStatus::Completed, 100, 10, 10));
    assert_eq!(last.message, "Completed: 10 succeeded, 0 failed");

    let history = person.history(job).await;
    let steps: Vec<u8> = history.iter().map(|event| event.progress).collect();
    assert_eq!(steps, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100]);
    assert!(history.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].created_at < pair[1].created_at));
    assert_eq!(history.last(), Some(last));

    let again = person.upload(list.id, SIMPLE).await;
    assert_eq!((again.job_id, again.accepted, again.duplicates), (None, 0, 10));
}

async fn failures_are_sent_and_stored(system: System) {
    let person = system.sign_up().await;
    let list = person.new_list("Watch later").await;
    let mut socket = person.socket().await;
    let job = person.upload(list.id, TAKEOUT).await.job_id.unwrap();
    let last = socket.until_the_end(job).await.pop().unwrap();
    assert_eq!((last.status, last.progress), (JobStatus::CompletedWithErrors, 100));
    let failed = last.failed_videos.unwrap();
    assert!(failed > 0 && last.last_error.is_some());

    let receipt: Page<JobItem> = person.get(&format!("/api/jobs/{job}/items?limit=500")).await;
    assert_eq!(receipt.items.len(), 40);
    assert!(receipt.items.iter().all(|item| item.verdict == Verdict::Accepted && item.outcome.is_some()));
    let failed_items: Vec<&JobItem> = receipt.items.iter().filter(|item| item.outcome == Some(ItemOutcome::Failed)).collect();
    assert_eq!(failed_items.len(), failed as usize);
    assert!(failed_items.iter().all(|item| item.cause.is_some() && item.reason.is_some() && item.video_id.is_some()));
}

async fn stopped_process_hands_its_jobs_back(mut system: System) {
    system.stop().await;
    system.set_speed(1.0);
    system.run().await;
    let person = system.sign_up().await;
    let list = person.new_list("Long").await;
    let mut socket = person.socket().await;
    let job = person.upload(list.id, TAKEOUT).await.job_id.unwrap();
    while socket.next().await.current_video < 3 {}
    system.stop().await;
    assert_eq!(socket.closed().await.0, 1001);
    let running = system.number("SELECT count(*) FROM processing_jobs WHERE lease_token IS NOT NULL").await;
    assert_eq!(running, 0, "the lease was handed back");

    system.set_speed(50.0);
    system.run().await;
    let person = person.at(&system.base);
    let ended = person.wait_for_end(job).await;
    assert_eq!((ended.status, ended.current_video), (JobStatus::CompletedWithErrors, 40));
    let history = person.history(job).await;
    assert!(history.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].current_video <= pair[1].current_video));
    assert_eq!(history.iter().filter(|event| event.status.is_terminal()).count(), 1);
    assert_eq!(history.len(), 42, "pending, one a video, and the end");
}

async fn sign_out_closes_the_socket(system: System) {
    let person = system.sign_up().await;
    let mut socket = person.socket().await;
    assert_eq!(person.status(Method::POST, "/api/auth/logout").await, 204);
    assert_eq!(socket.closed().await, (1008, "session_ended".into()));
    assert_eq!(person.status(Method::GET, "/api/lists").await, 401);
}

async fn cancelled_job_ends_and_other_users_get_no_update_of_it(mut system: System) {
    system.stop().await;
    system.set_speed(1.0);
    system.run().await;
    let (alice, bob) = (system.sign_up().await, system.sign_up().await);
    let list = alice.new_list("Private").await;
    let (mut hers, mut his) = (alice.socket().await, bob.socket().await);
    let job = alice.upload(list.id, TAKEOUT).await.job_id.unwrap();
    while hers.next().await.current_video == 0 {}

    for path in
        [format!("/api/jobs/{job}"), format!("/api/jobs/{job}/items"), format!("/api/jobs/{job}/progress-history"), format!("/api/lists/{}", list.id)]
    {
        assert_eq!(bob.status(Method::GET, &path).await, 403, "{path}");
    }
    assert_eq!(bob.status(Method::POST, &format!("/api/jobs/{job}/cancel")).await, 403);
    assert_eq!(bob.status(Method::GET, &format!("/api/jobs/{}", Uuid::new_v4())).await, 404);

    assert_eq!(alice.status(Method::POST, &format!("/api/jobs/{job}/cancel")).await, 202);
    let last = hers.until_the_end(job).await.pop().unwrap();
    assert_eq!(last.status, JobStatus::Cancelled);
    assert!(last.current_video < last.total_videos);
    assert_eq!(alice.status(Method::POST, &format!("/api/jobs/{job}/cancel")).await, 202, "cancelling twice is no error");

    // The first frame on his socket is of his own job, so he got no update of hers.
    let own = bob.new_list("His").await;
    let his_job = bob.upload(own.id, "dQw4w9WgXcQ\n").await.job_id.unwrap();
    assert_eq!(his.next().await.job_id, his_job);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_of_other_programs_are_delivered_and_invalid_ones_dropped() {
    let system = System::cluster().await;
    let person = system.sign_up().await;
    let mut socket = person.socket().await;
    let mut redis = redis::Client::open(system.redis().unwrap()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let channel = format!("progress:user:{}", person.id);
    let job = Uuid::new_v4();
    let core = format!(r#"{{"job_id":"{job}","status":"processing","progress":50,"current_video":5,"total_videos":10,"message":"From elsewhere"}}"#);
    for nonsense in ["", "not json", "{}", &core.replace("50", "5000"), &format!("{{\"x\":\"{}\"}}", "y".repeat(20_000))] {
        let () = redis.publish(&channel, nonsense).await.unwrap();
    }
    let () = redis.publish(&channel, &core).await.unwrap();
    let update = socket.next().await;
    assert_eq!((update.job_id, update.message.as_str(), update.seq), (job, "From elsewhere", None));
}
