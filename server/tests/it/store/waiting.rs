//! Waiting for an unavailable source.

use std::time::Duration;

use app::wire::JobStatus;
use server::internals::{
    job::Ending,
    store::{ClaimRules, Written},
};

use super::fixtures::{claim, claim_and_die, claimed, events, flush, found, job, rules, untried, user_with_list};
use crate::support::database::Database;

const PAUSE: Duration = Duration::from_secs(300);
const DAY: Duration = Duration::from_secs(86_400);

async fn wait(db: &Database, lease: &server::internals::store::Lease) -> app::wire::ProgressUpdate {
    match db.store.wait_for_source(lease, "demo", PAUSE).await.unwrap() {
        Written::Stored { state, .. } => *state,
        Written::LeaseLost => panic!("the lease was lost"),
    }
}

/// Simulates the end of the pause.
async fn let_the_pause_pass(db: &Database) {
    db.execute(&format!("UPDATE sources SET blocked_until = blocked_until - {}", db.seconds(301))).await;
    db.execute(&format!("UPDATE processing_jobs SET run_at = run_at - {}", db.seconds(301))).await;
}

pub(super) async fn wait_is_visible_and_blocks_all(db: Database) {
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
    // A cancelled job needs no source.
    assert_eq!(db.store.cancel(user, first.lease.job_id).await.unwrap().unwrap().status, JobStatus::Cancelled);
}

pub(super) async fn wait_is_one_event_and_so_is_its_end(db: Database) {
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

pub(super) async fn unclaimed_jobs_wait_for_a_blocked_source(db: Database) {
    let (_, _, first) = claimed(&db, 3).await;
    let (bob, list) = user_with_list(&db).await;
    let queued = job(&db, bob, list, 0..2).await;
    assert!(db.store.park_waiting_jobs("demo", DAY).await.unwrap().is_empty(), "nothing is blocked");
    let begun = wait(&db, &first.lease).await;
    assert!(db.store.park_waiting_jobs("api", DAY).await.unwrap().is_empty(), "another source is not");
    let uploaded = job(&db, bob, list, 2..5).await;
    let held = db.store.park_waiting_jobs("demo", DAY).await.unwrap();
    assert_eq!(held.iter().map(|(user, state)| (*user, state.job_id)).collect::<Vec<_>>(), [(bob, queued), (bob, uploaded)]);
    for (_, state) in &held {
        assert_eq!((state.status, state.retry_at, state.seq), (JobStatus::Pending, begun.retry_at, Some(2)));
        assert_eq!(events(&db, bob, state.job_id).await.last(), Some(state), "the beginning of the wait is an event");
    }
    assert_eq!(held[1].1.message, "Waiting for YouTube; 3 videos to go");
    assert!(db.store.park_waiting_jobs("demo", DAY).await.unwrap().is_empty(), "once is enough");
    assert_eq!(db.store.cancel(bob, queued).await.unwrap().unwrap().status, JobStatus::Cancelled);

    // The source remains unavailable: a job that did not ask it gets the longer wait, which is not an event.
    let_the_pause_pass(&db).await;
    let again = claim(&db).await.unwrap();
    assert_eq!(again.lease.job_id, first.lease.job_id, "in the order in which they came");
    let longer = wait(&db, &again.lease).await;
    let held = db.store.park_waiting_jobs("demo", DAY).await.unwrap();
    assert_eq!((held.len(), held[0].1.job_id, held[0].1.retry_at, held[0].1.seq), (1, uploaded, longer.retry_at, Some(3)));
    assert_eq!(events(&db, bob, uploaded).await.len(), 2);
    let_the_pause_pass(&db).await;
    assert!(claim(&db).await.is_some() && claim(&db).await.is_some(), "all are due when it is back");
}

pub(super) async fn worker_death_while_the_source_is_blocked_counts_as_an_attempt(db: Database) {
    let (user, list, first) = claimed(&db, 1).await;
    let dead = job(&db, user, list, 1..3).await;
    assert_eq!(claim_and_die(&db).await.unwrap().lease.job_id, dead);
    wait(&db, &first.lease).await;
    let held = db.store.park_waiting_jobs("demo", DAY).await.unwrap();
    assert_eq!(held.iter().map(|held| held.1.job_id).collect::<Vec<_>>(), [dead]);
    assert_eq!(db.number(&format!("SELECT attempts FROM processing_jobs WHERE id = {}", db.id(dead))).await, 1);
}

pub(super) async fn job_ends_after_waiting_for_a_day(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let (_, _, first) = claimed(&db, 1).await;
    let queued = job(&db, user, list, 0..3).await;
    wait(&db, &first.lease).await;
    db.store.park_waiting_jobs("demo", DAY).await.unwrap();
    let_the_pause_pass(&db).await;
    wait(&db, &claim(&db).await.unwrap().lease).await;
    let ended = db.store.park_waiting_jobs("demo", Duration::ZERO).await.unwrap();
    assert_eq!((ended.len(), ended[0].1.job_id, ended[0].1.status), (1, queued, JobStatus::Failed));
    assert_eq!(ended[0].1.error.as_deref(), Some("YouTube could not be reached for a day."));
    assert_eq!(db.store.job(user, queued).await.unwrap().state, ended[0].1);
    assert_eq!(db.number("SELECT count(*) FROM job_items WHERE outcome IS NULL").await, 4, "its rest is untried, and can be retried");
}

pub(super) async fn block_can_be_forgotten(db: Database) {
    let (_, _, first) = claimed(&db, 1).await;
    wait(&db, &first.lease).await;
    db.store.unblock_source("api").await.unwrap();
    assert!(claim(&db).await.is_none());
    db.store.unblock_source("demo").await.unwrap();
    assert_eq!(claim(&db).await.unwrap().lease.job_id, first.lease.job_id);
}
