//! Waiting for an unavailable source.

use std::time::Duration;

use app::wire::{JobStatus, ProgressUpdate, WaitingReason};
use server::internals::{
    job::Ending,
    store::{ClaimRules, JobQuery, Lease, SourcePause, Written},
};

use super::fixtures::{claim, claim_and_die, claimed, events, flush, found, job, pause, rules, untried, user_with_list};
use crate::support::database::Database;

const PAUSE: Duration = Duration::from_secs(300);

async fn wait(db: &Database, lease: &Lease) -> ProgressUpdate {
    wait_because(db, lease, WaitingReason::Network).await
}

async fn wait_because(db: &Database, lease: &Lease, reason: WaitingReason) -> ProgressUpdate {
    match db.store.wait_for_source(lease, &SourcePause { reason, ..pause(PAUSE) }).await.unwrap() {
        Written::Stored { state, .. } => *state,
        Written::LeaseLost => panic!("the lease was lost"),
    }
}

/// Simulates the end of the pause.
async fn let_the_pause_pass(db: &Database) {
    db.execute(&format!("UPDATE sources SET blocked_until = blocked_until - {}", db.seconds(301))).await;
    db.execute(&format!("UPDATE processing_jobs SET run_at = run_at - {}", db.seconds(301))).await;
}

pub(super) async fn waiting_state_is_stored_and_blocks_the_source_for_all_jobs(db: Database) {
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

pub(super) async fn wait_stores_one_event_at_its_start_and_end(db: Database) {
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

pub(super) async fn queued_jobs_are_read_with_the_pause_of_the_source(db: Database) {
    let (ada, _, first) = claimed(&db, 3).await;
    let (bob, list) = user_with_list(&db).await;
    let queued = job(&db, bob, list, 0..2).await;
    assert_eq!(db.store.source_block().await.unwrap(), None);
    let before = db.store.snapshot(bob).await.unwrap();
    let begun = wait(&db, &first.lease).await;
    let block = db.store.source_block().await.unwrap().unwrap();
    assert_eq!((Some(block.blocked_until), block.reason), (begun.retry_at, WaitingReason::Network));
    job(&db, bob, list, 2..5).await;
    let waiting = db.store.snapshot(bob).await.unwrap();
    assert_eq!(
        waiting.iter().map(|state| (state.status, state.retry_at, state.seq)).collect::<Vec<_>>(),
        [(JobStatus::Pending, begun.retry_at, Some(1)); 2]
    );
    assert_eq!(waiting[1].message, "Waiting for YouTube; 3 videos to go");
    assert_eq!(db.store.job(bob, queued).await.unwrap().state, waiting[0]);
    let page = db.store.jobs(bob, &JobQuery::default()).await.unwrap().items;
    assert_eq!(page.into_iter().rev().map(|job| job.state).collect::<Vec<_>>(), waiting);
    assert_eq!(events(&db, bob, queued).await.len(), 1, "nothing is written");
    assert_eq!(db.store.cancel(bob, queued).await.unwrap().unwrap().status, JobStatus::Cancelled);

    // The source remains unavailable: jobs that did not ask it are read with the longer wait.
    let_the_pause_pass(&db).await;
    assert_eq!(db.store.snapshot(bob).await.unwrap()[1].retry_at, None);
    let stood = db.store.snapshot(ada).await.unwrap();
    assert_eq!((stood[0].retry_at, &*stood[0].message), (None, "Starting processing..."), "it waits for a worker alone");
    let again = claim(&db).await.unwrap();
    let longer = wait(&db, &again.lease).await;
    for user in [ada, bob] {
        assert_eq!(db.store.snapshot(user).await.unwrap().last().unwrap().retry_at, longer.retry_at);
    }
    let_the_pause_pass(&db).await;
    assert!(claim(&db).await.is_some() && claim(&db).await.is_some(), "all are due when it is back");
    assert_eq!(before[0].retry_at, None);
}

pub(super) async fn worker_death_while_the_source_is_blocked_counts_as_an_attempt(db: Database) {
    let (user, list, first) = claimed(&db, 1).await;
    let dead = job(&db, user, list, 1..3).await;
    assert_eq!(claim_and_die(&db).await.unwrap().lease.job_id, dead);
    wait(&db, &first.lease).await;
    assert!(claim(&db).await.is_none(), "the source is blocked");
    assert_eq!(db.number(&format!("SELECT attempts FROM processing_jobs WHERE id = {}", db.id(dead))).await, 1);
}

/// However long the others in the queue have asked in vain meanwhile.
pub(super) async fn time_counts_as_failing_while_others_ask_the_source(db: Database) {
    let (_, _, first) = claimed(&db, 1).await;
    wait(&db, &first.lease).await;
    // Two hours later, of which the source was blocked all the time.
    db.execute(&format!("UPDATE processing_jobs SET run_at = run_at - {0}, waiting_since = waiting_since - {0}", db.seconds(7_200))).await;
    db.execute(&format!("UPDATE sources SET blocked_until = blocked_until - {}", db.seconds(301))).await;
    let again = claim(&db).await.unwrap();
    let waited = again.now.micros() - again.waiting_since.unwrap().micros();
    assert!(waited >= 7_200_000_000, "{waited}");
    wait(&db, &again.lease).await;
    let_the_pause_pass(&db).await;
    assert_eq!(claim(&db).await.unwrap().waiting_since, again.waiting_since, "since the first of the waits");
}

pub(super) async fn job_never_ends_for_a_quota(db: Database) {
    let (user, _, first) = claimed(&db, 3).await;
    let state = wait_because(&db, &first.lease, WaitingReason::Quota).await;
    assert_eq!((state.waiting_reason, &*state.message), (Some(WaitingReason::Quota), "Waiting for YouTube's quota; 3 videos to go"));
    let_the_pause_pass(&db).await;
    let again = claim(&db).await.unwrap();
    assert_eq!(again.waiting_since, None, "a quota is an answer");
    let longer = wait_because(&db, &again.lease, WaitingReason::Quota).await;
    assert_eq!(db.store.snapshot(user).await.unwrap(), [longer]);
}

pub(super) async fn time_without_a_worker_does_not_count_as_failing(db: Database) {
    let (_, _, first) = claimed(&db, 1).await;
    wait(&db, &first.lease).await;
    // Two days later.
    for (table, column) in [("sources", "blocked_until"), ("processing_jobs", "run_at"), ("processing_jobs", "waiting_since")] {
        db.execute(&format!("UPDATE {table} SET {column} = {column} - {}", db.seconds(2 * 86_400))).await;
    }
    let again = claim(&db).await.unwrap();
    assert_eq!(again.waiting_since, None);
    wait(&db, &again.lease).await;
    let_the_pause_pass(&db).await;
    assert!(claim(&db).await.unwrap().waiting_since.is_some_and(|since| since >= again.now), "it begins anew");
}

pub(super) async fn rejected_key_is_the_waiting_reason(db: Database) {
    let (_, _, first) = claimed(&db, 2).await;
    let state = wait_because(&db, &first.lease, WaitingReason::Key).await;
    assert_eq!((state.waiting_reason, &*state.message), (Some(WaitingReason::Key), "YouTube refuses the API key of this instance; 2 videos to go"));
    let (user, list) = user_with_list(&db).await;
    job(&db, user, list, 0..1).await;
    assert_eq!(db.store.snapshot(user).await.unwrap()[0].waiting_reason, Some(WaitingReason::Key), "to those who came meanwhile, too");
}

pub(super) async fn pause_survives_a_start_unless_key_or_network_changed(db: Database) {
    let (_, _, first) = claimed(&db, 1).await;
    let lift = async |source: &str, key: &str| db.store.lift_outdated_pause(source, key).await.unwrap();
    for reason in [WaitingReason::Quota, WaitingReason::RateLimited, WaitingReason::Refused, WaitingReason::Key] {
        let claimed = if reason == WaitingReason::Quota { first.clone() } else { claim(&db).await.unwrap() };
        wait_because(&db, &claimed.lease, reason).await;
        lift("demo", "demo key").await;
        assert!(claim(&db).await.is_none(), "{reason:?}: the source asked for it");
        lift("demo", "another key").await;
    }
    wait_because(&db, &claim(&db).await.unwrap().lease, WaitingReason::Network).await;
    lift("demo", "demo key").await;
    assert_eq!(claim(&db).await.unwrap().lease.job_id, first.lease.job_id, "the network may have been repaired");
}

pub(super) async fn jobs_do_not_wait_for_the_source_that_was_used_before(db: Database) {
    let (_, _, first) = claimed(&db, 1).await;
    wait_because(&db, &first.lease, WaitingReason::Quota).await;
    db.store.lift_outdated_pause("api", "a key").await.unwrap();
    let api = ClaimRules { source: "api".into(), ..rules() };
    assert_eq!(db.store.claim(&api).await.unwrap().unwrap().lease.job_id, first.lease.job_id);
}
