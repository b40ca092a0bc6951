//! Races of a claim, a flush and requests to cancel: tasks start at the same moment, and the result must be consistent in any order.

use app::wire::{FailureCause, JobStatus};
use futures::future::try_join_all;
use server::internals::{
    job::Ending,
    store::{Claim, Renewal, Written},
};
use uuid::Uuid;

use super::fixtures::{
    RACE_ROUNDS, StartBarrier, TERM, assert_consistent, claim_and_die, claimed, failed, flush, found, job, pause, reap_and_claim, rules, try_flush,
    untried, user_with_list,
};
use crate::support::database::Database;

fn cancels(db: &Database, start: &StartBarrier, user: Uuid, job: Uuid, times: usize) -> Vec<tokio::task::JoinHandle<bool>> {
    let cancel = |_| {
        let store = db.store.clone();
        start.spawn(async move { store.cancel(user, job).await.unwrap().is_some() })
    };
    (0..times).map(cancel).collect()
}

pub(super) async fn cancel_races_the_last_flush(db: Database) {
    for _ in 0..RACE_ROUNDS {
        let (user, _, claim) = claimed(&db, 3).await;
        let results: Vec<_> = untried(&db, &claim.lease).await.iter().map(found).collect();
        let start = StartBarrier::new(4);
        let cancels = cancels(&db, &start, user, claim.lease.job_id, 3);
        let store = db.store.clone();
        let end = start.spawn(async move { try_flush(&*store, &claim.lease, &results, Some(Ending::Done)).await.unwrap() });
        assert_eq!(try_join_all(cancels).await.unwrap(), [false; 3], "the worker has it, or it has ended");
        assert!(matches!(end.await.unwrap(), Written::Stored { state, .. } if state.status == JobStatus::Completed), "every item was done");
        assert_consistent(&db, user, claim.lease.job_id).await;
    }
}

pub(super) async fn cancel_races_a_claim(db: Database) {
    for _ in 0..RACE_ROUNDS {
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..3).await;
        let start = StartBarrier::new(4);
        let cancels = cancels(&db, &start, user, id, 2);
        let claims: Vec<_> = (0..2)
            .map(|_| {
                let store = db.store.clone();
                start.spawn(async move { store.claim(&rules()).await.unwrap() })
            })
            .collect();
        let ended = try_join_all(cancels).await.unwrap().into_iter().filter(|ended| *ended).count();
        let claims: Vec<Claim> = try_join_all(claims).await.unwrap().into_iter().flatten().collect();
        assert_eq!(ended + claims.len(), 1, "ended by the request, or claimed, once");
        if let Some(claim) = claims.first() {
            // The worker that claimed it learns of the request immediately or with its next renewal.
            assert!(matches!(db.store.renew(&claim.lease, TERM).await.unwrap(), Renewal::Held { cancel_requested: true, .. }));
            flush(&db, &claim.lease, &[], Some(Ending::Cancelled)).await;
        }
        assert_eq!(db.store.job(user, id).await.unwrap().status, JobStatus::Cancelled);
        assert_consistent(&db, user, id).await;
    }
}

pub(super) async fn cancel_races_a_takeover(db: Database) {
    for _ in 0..RACE_ROUNDS {
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..4).await;
        let dead = claim_and_die(&db).await.unwrap();
        let work = untried(&db, &dead.lease).await;
        let start = StartBarrier::new(4);
        let cancels = cancels(&db, &start, user, id, 2);
        let store = db.store.clone();
        let expired_write = start.spawn(async move { try_flush(&*store, &dead.lease, &[found(&work[0])], None).await.unwrap() });
        let store = db.store.clone();
        let successor = start.spawn(async move { reap_and_claim(&*store, &rules()).await });
        let ended = try_join_all(cancels).await.unwrap().into_iter().filter(|ended| *ended).count();
        let (expired_write, successor) = (expired_write.await.unwrap(), successor.await.unwrap());
        // A flush in time renews the lease, so that it neither ends nor gets a successor.
        assert!(ended + usize::from(successor.is_some()) <= 1);
        let lease = match (successor, expired_write) {
            (Some(successor), _) => Some(successor.lease),
            (None, Written::Stored { .. }) if ended == 0 => Some(dead.lease),
            _ => None,
        };
        assert_eq!(lease.is_none(), ended == 1, "somebody has claimed it, or it has ended");
        if let Some(lease) = lease {
            assert!(matches!(db.store.renew(&lease, TERM).await.unwrap(), Renewal::Held { cancel_requested: true, .. }));
            flush(&db, &lease, &[], Some(Ending::Cancelled)).await;
        }
        assert_consistent(&db, user, id).await;
    }
}

pub(super) async fn cancel_races_waiting_for_the_source(db: Database) {
    for _ in 0..RACE_ROUNDS {
        db.store.lift_outdated_pause("demo", "demo key").await.unwrap();
        let (waiter, _, blocking) = claimed(&db, 2).await;
        db.store.wait_for_source(&blocking.lease, &pause(TERM)).await.unwrap();
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..3).await;
        let start = StartBarrier::new(3);
        let cancels = cancels(&db, &start, user, id, 2);
        let store = db.store.clone();
        let claimed = start.spawn(async move { store.claim(&rules()).await.unwrap() });
        assert_eq!(try_join_all(cancels).await.unwrap().into_iter().filter(|ended| *ended).count(), 1);
        assert!(claimed.await.unwrap().is_none(), "a cancelled job is not claimed, and the others wait");
        for (user, id) in [(user, id), (waiter, blocking.lease.job_id)] {
            assert_consistent(&db, user, id).await;
        }
        db.store.cancel(waiter, blocking.lease.job_id).await.unwrap();
    }
}

pub(super) async fn worker_past_its_lease_races_its_successor(db: Database) {
    for _ in 0..RACE_ROUNDS {
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..6).await;
        let dead = claim_and_die(&db).await.unwrap();
        let work = untried(&db, &dead.lease).await;
        let start = StartBarrier::new(2);
        let (store, results) = (db.store.clone(), work.iter().map(found).collect::<Vec<_>>());
        let expired_write = start.spawn(async move { try_flush(&*store, &dead.lease, &results, Some(Ending::Done)).await.unwrap() });
        let store = db.store.clone();
        let successor = start.spawn(async move {
            let successor = reap_and_claim(&*store, &rules()).await?;
            let results: Vec<_> = work.iter().map(|item| failed(item, FailureCause::Network)).collect();
            Some(try_flush(&*store, &successor.lease, &results, Some(Ending::Done)).await.unwrap())
        });
        let (expired_write, successor) = (expired_write.await.unwrap(), successor.await.unwrap());
        assert_eq!(expired_write == Written::LeaseLost, successor.is_some(), "exactly one of them wrote");
        assert!(successor.is_none_or(|written| written != Written::LeaseLost), "and a successor keeps what it has");
        assert_consistent(&db, user, id).await;
    }
}
