//! Waiting for a source that is away.

use std::time::Duration;

use app::wire::JobStatus;
use server::{
    job::Ending,
    store::{ClaimRules, Written},
};

use super::scene::{claim, claimed, events, flush, found, job, rules, untried, user_with_list};
use crate::support::database::Database;

const PAUSE: Duration = Duration::from_secs(300);

async fn wait(db: &Database, lease: &server::store::Lease) -> app::wire::ProgressUpdate {
    match db.store.wait_for_source(lease, "demo", PAUSE).await.unwrap() {
        Written::Stored { state, .. } => *state,
        Written::LeaseLost => panic!("the lease was lost"),
    }
}

/// As if the pause were over.
async fn let_the_pause_pass(db: &Database) {
    db.execute(&format!("UPDATE sources SET blocked_until = blocked_until - {}", db.seconds(301))).await;
    db.execute(&format!("UPDATE processing_jobs SET run_at = run_at - {}", db.seconds(301))).await;
}

pub(super) async fn a_wait_is_visible_and_blocks_all(db: Database) {
    let (user, _, first) = claimed(&db, 3).await;
    let (other, list) = user_with_list(&db).await;
    job(&db, other, list, 0..1).await;
    let state = wait(&db, &first.lease).await;
    assert_eq!((state.status, state.message.as_str()), (JobStatus::Pending, "Waiting for YouTube; 3 videos to go"));
    let pause = state.retry_at.unwrap().micros() - first.now.micros();
    assert!((300_000_000..310_000_000).contains(&pause), "{pause}");
    assert_eq!(db.store.snapshot(user).await.unwrap(), [state]);
    assert!(claim(&db).await.is_none(), "blocked for all");
    let other_source = ClaimRules { source: "api".into(), ..rules() };
    assert_eq!(
        db.store.claim(&other_source).await.unwrap().unwrap().lease.user_id,
        other,
        "another source is not blocked, and the first job is not due"
    );
    // What was asked to stop needs no source.
    assert_eq!(db.store.cancel(user, first.lease.job_id).await.unwrap().unwrap().status, JobStatus::Cancelled);
}

pub(super) async fn a_wait_is_one_event_and_so_is_its_end(db: Database) {
    let (user, _, first) = claimed(&db, 300).await;
    let work = untried(&db, &first.lease).await;
    flush(&db, &first.lease, &[found(&work[0])], None).await;
    let begun = wait(&db, &first.lease).await;
    let_the_pause_pass(&db).await;
    let second = claim(&db).await.unwrap();
    let since = second.waiting_since.unwrap();
    let longer = wait(&db, &second.lease).await;
    assert!(longer.seq > begun.seq && longer.retry_at > begun.retry_at);
    let_the_pause_pass(&db).await;
    let third = claim(&db).await.unwrap();
    assert_eq!(third.waiting_since, Some(since), "since the first of the waits");
    let after = flush(&db, &third.lease, &[found(&work[1])], None).await;
    assert_eq!(after.retry_at, None);
    let seqs: Vec<_> = events(&db, user, first.lease.job_id).await.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [Some(1), begun.seq, after.seq]);
    db.store.release(&third.lease).await.unwrap();
    let fourth = claim(&db).await.unwrap();
    assert_eq!(fourth.waiting_since, None, "something was finished");
    let end = flush(&db, &fourth.lease, &[], Some(Ending::Failed("YouTube could not be reached for a day.".into()))).await;
    assert_eq!((end.status, end.error.as_deref()), (JobStatus::Failed, Some("YouTube could not be reached for a day.")));
}
