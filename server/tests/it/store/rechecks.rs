//! Looking up videos again that are stored as private.

use std::time::Duration;

use app::wire::{FailureCause, VideoReason};
use server::internals::job::{Failure, Metadata};

use super::fixtures::{claim, finish, flush, job, pause, untried, user_with_list, youtube_id};
use crate::support::database::Database;

const OLD: &str = "UPDATE videos SET status = 'unavailable', cause = 'unavailable', error = 'Video is private', checked_at = NULL";

/// So many videos in an ended job of its own, as they were stored before `checked_at` was.
async fn old_private_videos(db: &Database, count: u32) {
    let (user, list) = user_with_list(db).await;
    job(db, user, list, 0..count).await;
    finish(db, &claim(db).await.unwrap().lease).await;
    db.execute(OLD).await;
}

async fn to_recheck(db: &Database, after: &str, limit: u32) -> Vec<String> {
    db.store.videos_to_recheck("demo", after, limit).await.unwrap()
}

pub(super) async fn rechecks_are_few_and_wait_for_everything_else(db: Database) {
    old_private_videos(&db, 5).await;
    assert_eq!(to_recheck(&db, "", 2).await, [youtube_id(0), youtube_id(1)]);
    assert_eq!(to_recheck(&db, &youtube_id(1), 10).await, [youtube_id(2), youtube_id(3), youtube_id(4)]);

    let (user, list) = user_with_list(&db).await;
    job(&db, user, list, 10..12).await;
    assert!(to_recheck(&db, "", 10).await.is_empty(), "a job waits");
    let claimed = claim(&db).await.unwrap();
    assert!(to_recheck(&db, "", 10).await.is_empty(), "a job runs");
    db.store.wait_for_source(&claimed.lease, &pause(Duration::from_secs(300))).await.unwrap();
    db.store.cancel(user, claimed.lease.job_id).await.unwrap();
    assert!(to_recheck(&db, "", 10).await.is_empty(), "the source is blocked");
    db.store.lift_outdated_pause("demo", "another key").await.unwrap();
    assert_eq!(to_recheck(&db, "", 10).await.len(), 5);
}

pub(super) async fn recheck_keeps_what_is_not_answered(db: Database) {
    old_private_videos(&db, 4).await;
    let count = async |condition: &str| db.number(&format!("SELECT count(*) FROM videos WHERE {condition}")).await;
    let found = Metadata { title: None, channel: None, duration_seconds: None, reason: Some(VideoReason::EmbeddingDisabled) };
    db.store.store_recheck(&youtube_id(0), &Ok(found)).await.unwrap();
    assert_eq!(count("status = 'ok' AND cause IS NULL AND error IS NULL AND reason = 'embedding_disabled' AND title IS NOT NULL").await, 1);
    db.store.store_recheck(&youtube_id(1), &Err(Failure::new(FailureCause::Unavailable, "Video is private"))).await.unwrap();
    for cause in [FailureCause::Network, FailureCause::RateLimited, FailureCause::SourceError] {
        db.store.store_recheck(&youtube_id(2), &Err(Failure::new(cause, "Not now"))).await.unwrap();
    }
    assert_eq!(count("status = 'unavailable' AND error = 'Video is private'").await, 3, "right as it was, not answered, and not asked");
    assert_eq!(to_recheck(&db, "", 10).await, [youtube_id(2), youtube_id(3)]);
    assert_eq!(db.number("SELECT count(*) FROM job_items WHERE outcome = 'succeeded'").await, 4, "the receipt stays");
}

pub(super) async fn newer_answers_are_not_replaced(db: Database) {
    old_private_videos(&db, 1).await;
    assert_eq!(to_recheck(&db, "", 10).await.len(), 1);
    // While it is asked for, a job gets an answer; in another list of another user it is still the old one.
    let (other, second) = user_with_list(&db).await;
    job(&db, other, second, 0..1).await;
    let claimed = claim(&db).await.unwrap();
    let item = untried(&db, &claimed.lease).await.remove(0);
    let gone = Failure::new(FailureCause::Unavailable, "Video is unavailable: deleted, or never existed");
    flush(&db, &claimed.lease, &[item.result(Err(gone))], None).await;
    let found = Metadata { title: Some("Found".into()), channel: None, duration_seconds: None, reason: None };
    db.store.store_recheck(&youtube_id(0), &Ok(found)).await.unwrap();
    assert_eq!(db.number("SELECT count(*) FROM videos WHERE status = 'ok' AND title = 'Found'").await, 1);
    assert_eq!(db.number("SELECT count(*) FROM videos WHERE status = 'unavailable'").await, 1);
}

pub(super) async fn recheck_lease_is_held_by_one_worker_until_it_ends(db: Database) {
    let acquired = futures::future::join_all((0..8).map(|_| db.store.acquire_recheck_lease(Duration::from_secs(60)))).await;
    assert_eq!(acquired.into_iter().filter(|acquired| *acquired.as_ref().unwrap()).count(), 1);
    db.execute(&format!("UPDATE attempt_counters SET ends_at = ends_at - {}", db.seconds(60))).await;
    assert!(db.store.acquire_recheck_lease(Duration::from_secs(60)).await.unwrap());
    assert!(!db.store.acquire_recheck_lease(Duration::from_secs(60)).await.unwrap());
    db.store.delete_expired().await.unwrap();
    assert!(!db.store.acquire_recheck_lease(Duration::from_secs(60)).await.unwrap(), "a lease in force is kept");
}
