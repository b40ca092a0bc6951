//! Cancelling and dismissing jobs, and the snapshot.

use app::wire::{ItemFilter, ItemOutcome, JobFilter, JobStatus};
use server::internals::{
    job::Ending,
    store::{JobChange, JobQuery, Renewal, StoreError, Written},
};

use super::fixtures::{TERM, claim, claim_and_die, claimed, events, finish, flush, found, job, try_flush, untried, user_with_list};
use crate::support::database::Database;

pub(super) async fn cancel_before_a_claim_ends_the_job(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let id = job(&db, user, list, 0..3).await;
    let state = db.store.cancel(user, id).await.unwrap().unwrap();
    assert_eq!((state.status, state.message.as_str()), (JobStatus::Cancelled, "Cancelled: 0 succeeded, 0 failed, 3 not tried"));
    assert_eq!(events(&db, user, id).await.last(), Some(&state));
    let items = db.store.items(user, id, &ItemFilter { limit: Some(10), ..ItemFilter::default() }).await.unwrap().items;
    assert!(items.iter().all(|item| item.outcome == Some(ItemOutcome::Cancelled)));
    assert!(claim(&db).await.is_none());
}

pub(super) async fn cancel_under_a_lease_is_left_to_the_worker(db: Database) {
    let (user, _, claim) = claimed(&db, 3).await;
    assert_eq!(db.store.cancel(user, claim.lease.job_id).await.unwrap(), None);
    assert_eq!(db.store.cancel(user, claim.lease.job_id).await.unwrap(), None, "twice is once");
    assert!(matches!(db.store.renew(&claim.lease, TERM).await.unwrap(), Renewal::Held { cancel_requested: true, .. }));
    let work = untried(&db, &claim.lease).await;
    let in_flight = try_flush(&*db.store, &claim.lease, &[found(&work[0])], None).await.unwrap();
    assert!(matches!(in_flight, Written::Stored { cancel_requested: true, .. }));
    let end = flush(&db, &claim.lease, &[], Some(Ending::Cancelled)).await;
    assert_eq!(end.message, "Cancelled: 1 succeeded, 0 failed, 2 not tried");
    let items = db.store.items(user, claim.lease.job_id, &ItemFilter { limit: Some(10), ..ItemFilter::default() }).await.unwrap().items;
    let outcomes: Vec<_> = items.iter().filter_map(|item| item.outcome).collect();
    assert_eq!(outcomes, [ItemOutcome::Succeeded, ItemOutcome::Cancelled, ItemOutcome::Cancelled]);
}

pub(super) async fn cancel_after_a_death_ends_the_job(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let id = job(&db, user, list, 0..3).await;
    let dead = claim_and_die(&db).await.unwrap();
    let state = db.store.cancel(user, id).await.unwrap().unwrap();
    assert_eq!(state.status, JobStatus::Cancelled);
    assert_eq!(try_flush(&*db.store, &dead.lease, &[], Some(Ending::Done)).await.unwrap(), Written::LeaseLost, "the token is cleared");
    assert_eq!(events(&db, user, id).await.iter().filter(|event| event.status.is_terminal()).count(), 1);

    // Cancelled while its worker was alive, which then died.
    let other = job(&db, user, list, 3..6).await;
    claim(&db).await.unwrap();
    assert_eq!(db.store.cancel(user, other).await.unwrap(), None);
    db.store.void_leases().await.unwrap();
    db.execute(&format!("UPDATE processing_jobs SET run_at = run_at + {} WHERE ended_at IS NULL", db.seconds(3_600))).await;
    let ended = db.store.reap_abandoned_jobs(10).await.unwrap();
    assert_eq!(ended.iter().map(|(user, state)| (*user, state.job_id, state.status)).collect::<Vec<_>>(), [(user, other, JobStatus::Cancelled)]);
}

pub(super) async fn cancel_at_the_end_has_no_effect(db: Database) {
    let (user, _, claim) = claimed(&db, 2).await;
    let end = finish(&db, &claim.lease).await;
    assert_eq!(db.store.cancel(user, claim.lease.job_id).await.unwrap(), None);
    assert_eq!(db.store.job(user, claim.lease.job_id).await.unwrap().state, end);
}

pub(super) async fn cancel_races_a_flush(db: Database) {
    for round in 0..10 {
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..3).await;
        // The lease has expired: the handler may end the job, and so may the worker that does not know yet.
        let claim = claim_and_die(&db).await.unwrap();
        let results: Vec<_> = untried(&db, &claim.lease).await.iter().map(found).collect();
        let (store, worker) = (db.store.clone(), db.store.clone());
        let cancel = tokio::spawn(async move { store.cancel(user, id).await.unwrap() });
        let flush = tokio::spawn(async move { try_flush(&*worker, &claim.lease, &results, Some(Ending::Done)).await.unwrap() });
        let (cancelled, flushed) = (cancel.await.unwrap(), flush.await.unwrap());
        assert_ne!(cancelled.is_some(), flushed != Written::LeaseLost, "one of them ends it, round {round}");
        let terminal: Vec<_> = events(&db, user, id).await.into_iter().filter(|event| event.status.is_terminal()).collect();
        assert_eq!(terminal, [db.store.job(user, id).await.unwrap().state]);
    }
}

pub(super) async fn card_is_dismissed_after_the_end(db: Database) {
    let (user, _, claim) = claimed(&db, 1).await;
    let id = claim.lease.job_id;
    assert!(matches!(db.store.dismiss(user, id).await, Err(StoreError::JobActive)));
    finish(&db, &claim.lease).await;
    assert_eq!(db.store.snapshot(user).await.unwrap().len(), 1);
    db.store.dismiss(user, id).await.unwrap();
    db.store.dismiss(user, id).await.unwrap();
    assert!(db.store.snapshot(user).await.unwrap().is_empty());
    assert_eq!(db.store.job(user, id).await.unwrap().status, JobStatus::Completed, "the job stays");
}

pub(super) async fn snapshot_holds_what_is_recent(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let old = job(&db, user, list, [0]).await;
    finish(&db, &claim(&db).await.unwrap().lease).await;
    db.execute(&format!("UPDATE processing_jobs SET ended_at = ended_at - {}", db.seconds(299))).await;
    assert_eq!(db.store.snapshot(user).await.unwrap().len(), 1);
    db.execute(&format!("UPDATE processing_jobs SET ended_at = ended_at - {}", db.seconds(2))).await;
    assert!(db.store.snapshot(user).await.unwrap().is_empty());
    let (second, third) = (job(&db, user, list, [1]).await, job(&db, user, list, [2]).await);
    let shown: Vec<_> = db.store.snapshot(user).await.unwrap().iter().map(|state| state.job_id).collect();
    assert_eq!(shown, [second, third], "oldest first");
    let recent = JobQuery { filter: JobFilter::Recent, limit: Some(10), ..JobQuery::default() };
    let listed: Vec<_> = db.store.jobs(user, &recent).await.unwrap().items.iter().map(|job| job.id).collect();
    assert_eq!(listed, [third, second]);
    let all = JobQuery { limit: Some(10), ..JobQuery::default() };
    assert_eq!(db.store.jobs(user, &all).await.unwrap().items.last().unwrap().id, old);
}

pub(super) async fn changes_contain_what_the_bus_lost(db: Database) {
    let (user, list, claim) = claimed(&db, 2).await;
    let id = claim.lease.job_id;
    let change = |seq, dismissed| JobChange { user_id: user, job_id: id, seq, dismissed, removed: false };
    let begin = db.store.changes(claim.now).await.unwrap().now;
    db.execute(&format!("UPDATE processing_jobs SET unclaimed_at = unclaimed_at - {}", db.seconds(60))).await;
    assert_eq!(db.store.changes(begin).await.unwrap().jobs, [change(1, false)], "a worker has it");
    db.store.release(&claim.lease).await.unwrap();
    let handed_back = db.store.changes(begin).await.unwrap();
    assert_eq!((handed_back.jobs, handed_back.now >= begin), (vec![change(1, false)], true));
    // A clock of milliseconds may say the same for both.
    assert!(db.store.changes(handed_back.now.plus_micros(1_000)).await.unwrap().jobs.is_empty());

    let end = finish(&db, &super::fixtures::claim(&db).await.unwrap().lease).await;
    let ended = db.store.changes(handed_back.now).await.unwrap();
    assert_eq!(ended.jobs, [change(end.seq.unwrap(), false)]);
    assert_eq!(db.store.states(&[id, user]).await.unwrap(), [(user, end.clone())]);
    db.store.dismiss(user, id).await.unwrap();
    assert_eq!(db.store.changes(ended.now).await.unwrap().jobs, [change(end.seq.unwrap(), true)]);

    db.store.delete_list(user, list).await.unwrap();
    let deleted = db.store.changes(begin).await.unwrap();
    assert!(deleted.jobs.contains(&JobChange { removed: true, seq: 0, ..change(0, false) }), "{deleted:?}");
    assert!(!deleted.jobs.iter().any(|change| change.user_id == user && !change.removed), "{deleted:?}");
    db.execute(&format!("UPDATE removed_jobs SET removed_at = removed_at - {}", db.seconds(601))).await;
    db.store.delete_expired().await.unwrap();
    assert_eq!(db.number("SELECT count(*) FROM removed_jobs").await, 0);
}

pub(super) async fn jobs_are_paged(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let other_list = db.store.create_list(user, "Other").await.unwrap().id;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(job(&db, user, list, [n]).await);
    }
    job(&db, user, other_list, [0]).await;
    ids.reverse();
    let (mut seen, mut query) = (Vec::new(), JobQuery { filter: JobFilter::Active, list_id: Some(list), limit: Some(3), ..JobQuery::default() });
    loop {
        let page = db.store.jobs(user, &query).await.unwrap();
        seen.extend(page.items.iter().map(|job| job.id));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ids);
    query.cursor = Some("nonsense".into());
    assert!(matches!(db.store.jobs(user, &query).await, Err(StoreError::BadCursor)));
}
