//! Claims: fair, exclusive, and safe from jobs that kill their workers.

use std::collections::HashSet;

use app::wire::JobStatus;
use server::internals::{
    job::Ending,
    store::{ClaimRules, Renewal},
};

use super::fixtures::{TERM, claim, claim_and_die, finish, flush, found, job, rules, untried, user_with_list};
use crate::support::database::Database;

pub(super) async fn claim_prefers_the_user_with_the_fewest_running_jobs(db: Database) {
    let (ada, first_list) = user_with_list(&db).await;
    for n in 0..3 {
        job(&db, ada, first_list, [n]).await;
    }
    let (bob, second_list) = user_with_list(&db).await;
    job(&db, bob, second_list, [0]).await;
    job(&db, bob, second_list, [1]).await;
    let mut users = Vec::new();
    let mut leases = Vec::new();
    while let Some(claim) = claim(&db).await {
        users.push(claim.lease.user_id);
        leases.push(claim.lease);
    }
    assert_eq!(users, [ada, bob, ada, bob, ada]);
    // After the job is handed back, the others go first: they have waited longer.
    db.store.release(&leases[0]).await.unwrap();
    db.store.release(&leases[2]).await.unwrap();
    assert_eq!(claim(&db).await.unwrap().lease.job_id, leases[0].job_id);
    assert_eq!(claim(&db).await.unwrap().lease.job_id, leases[2].job_id);
}

pub(super) async fn user_over_the_cap_gets_no_claim(db: Database) {
    let (ada, list) = user_with_list(&db).await;
    for n in 0..3 {
        job(&db, ada, list, [n]).await;
    }
    let capped = ClaimRules { per_user: 2, ..rules() };
    let first = db.store.claim(&capped).await.unwrap().unwrap();
    assert!(db.store.claim(&capped).await.unwrap().is_some());
    assert!(db.store.claim(&capped).await.unwrap().is_none());
    finish(&db, &first.lease).await;
    assert!(db.store.claim(&capped).await.unwrap().is_some());
}

pub(super) async fn concurrent_claims_never_share_a_job(db: Database) {
    let (ada, list) = user_with_list(&db).await;
    for n in 0..6 {
        job(&db, ada, list, [n]).await;
    }
    let workers: Vec<_> = (0..12)
        .map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move { store.claim(&rules()).await.unwrap() })
        })
        .collect();
    let mut jobs = Vec::new();
    for worker in workers {
        jobs.extend(worker.await.unwrap().map(|claim| claim.lease.job_id));
    }
    assert_eq!((jobs.len(), jobs.iter().collect::<HashSet<_>>().len()), (6, 6));
}

pub(super) async fn expired_lease_is_taken_over(db: Database) {
    let (ada, list) = user_with_list(&db).await;
    job(&db, ada, list, 0..3).await;
    let dead = claim_and_die(&db).await.unwrap();
    let started = db.store.job(ada, dead.lease.job_id).await.unwrap().started_at;
    let successor = claim(&db).await.unwrap();
    assert_eq!(successor.lease.job_id, dead.lease.job_id);
    assert_ne!(successor.lease.token, dead.lease.token);
    assert_eq!(db.store.job(ada, successor.lease.job_id).await.unwrap().started_at, started);
    assert_eq!(db.number("SELECT attempts FROM processing_jobs").await, 1);
    assert!(claim(&db).await.is_none());
}

pub(super) async fn job_whose_workers_die_ten_times_ends(db: Database) {
    let (ada, list) = user_with_list(&db).await;
    let id = job(&db, ada, list, 0..3).await;
    for _ in 0..10 {
        assert!(db.store.reap_abandoned_jobs(10).await.unwrap().is_empty());
        assert_eq!(claim_and_die(&db).await.unwrap().lease.job_id, id);
    }
    let ended = db.store.reap_abandoned_jobs(10).await.unwrap();
    assert_eq!((ended.len(), ended[0].0, ended[0].1.status), (1, ada, JobStatus::Failed));
    assert!(ended[0].1.error.is_some());
    assert_eq!(db.store.job(ada, id).await.unwrap().state, ended[0].1);
    assert!(db.store.reap_abandoned_jobs(10).await.unwrap().is_empty());
    assert!(claim(&db).await.is_none(), "ten deaths are enough");
}

pub(super) async fn cancelled_job_of_a_dead_worker_ends(db: Database) {
    let (ada, list) = user_with_list(&db).await;
    let id = job(&db, ada, list, 0..3).await;
    let held = claim(&db).await.unwrap();
    assert!(db.store.cancel(ada, id).await.unwrap().is_none(), "a worker has it");
    db.store.release(&held.lease).await.unwrap();
    let ended = db.store.reap_abandoned_jobs(10).await.unwrap();
    assert_eq!((ended.len(), ended[0].1.status), (1, JobStatus::Cancelled));
    assert_eq!(db.number("SELECT count(*) FROM job_items WHERE outcome = 'cancelled'").await, 3);
}

/// Whatever happens to jobs, in any order: each user's queue is what counting gives.
pub(super) async fn queues_agree_with_the_jobs_after_anything(db: Database) {
    let mut users = Vec::new();
    for _ in 0..3 {
        users.push(user_with_list(&db).await);
    }
    let mut random = fastrand::Rng::with_seed(7);
    let mut below = |limit: usize| random.usize(..limit);
    let (mut jobs, mut leases) = (Vec::new(), Vec::new());
    for step in 0..200 {
        let (user, list) = users[below(users.len())];
        match below(12) {
            0..3 => jobs.push((user, job(&db, user, list, [step]).await)),
            3..6 => leases.extend(claim(&db).await.map(|claim| claim.lease)),
            6 => drop(claim_and_die(&db).await),
            7 if !leases.is_empty() => db.store.release(&leases.swap_remove(below(leases.len()))).await.unwrap(),
            8 if !leases.is_empty() => drop(flush(&db, &leases.swap_remove(below(leases.len())), &[], Some(Ending::Cancelled)).await),
            9 if !jobs.is_empty() => {
                let (user, id) = jobs[below(jobs.len())];
                drop(db.store.cancel(user, id).await);
            }
            10 if below(8) == 0 => {
                db.store.void_leases().await.unwrap();
                leases.clear();
            }
            11 if below(8) == 0 => {
                let list = db.store.create_list(user, "Another").await.unwrap().id;
                job(&db, user, list, [step, step + 1]).await;
                leases.retain(|lease| lease.user_id != user);
                db.store.delete_list(user, list).await.unwrap();
            }
            _ => {}
        }
        assert_queues_agree(&db).await;
    }
    db.store.delete_user(users[0].0).await.unwrap();
    assert_queues_agree(&db).await;
}

async fn assert_queues_agree(db: &Database) {
    let wrong = db
        .number(
            "SELECT count(*) FROM users u LEFT JOIN job_queues q ON q.user_id = u.id
             WHERE COALESCE(q.running, 0) <> (SELECT count(*) FROM processing_jobs j WHERE j.user_id = u.id AND j.lease_token IS NOT NULL)
                OR COALESCE(CAST(q.next_run_at AS TEXT), '') <>
                   COALESCE((SELECT CAST(min(j.run_at) AS TEXT) FROM processing_jobs j
                             WHERE j.user_id = u.id AND j.ended_at IS NULL AND j.lease_token IS NULL), '')",
        )
        .await;
    assert_eq!(wrong, 0, "queues of users that are not what their jobs say");
}

pub(super) async fn concurrent_claims_and_releases_keep_the_queues_right(db: Database) {
    for _ in 0..4 {
        let (user, list) = user_with_list(&db).await;
        for n in 0..4 {
            job(&db, user, list, [n]).await;
        }
    }
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut claimed = 0;
                for _ in 0..20 {
                    if let Some(claim) = store.claim(&rules()).await.unwrap() {
                        claimed += 1;
                        store.release(&claim.lease).await.unwrap();
                    }
                }
                claimed
            })
        })
        .collect();
    let mut claimed = 0;
    for worker in workers {
        claimed += worker.await.unwrap();
    }
    assert_eq!(claimed, 160, "sixteen jobs are enough for eight workers, whatever the others have locked");
    assert_queues_agree(&db).await;
}

pub(super) async fn finished_item_resets_attempts(db: Database) {
    let (ada, list) = user_with_list(&db).await;
    job(&db, ada, list, 0..3).await;
    for _ in 0..5 {
        claim_and_die(&db).await.unwrap();
    }
    let claim = claim(&db).await.unwrap();
    assert_eq!(db.number("SELECT attempts FROM processing_jobs").await, 5);
    let work = untried(&db, &claim.lease).await;
    flush(&db, &claim.lease, &[found(&work[0])], None).await;
    assert_eq!(db.number("SELECT attempts FROM processing_jobs").await, 0);
}

pub(super) async fn voided_lease_counts_as_an_attempt(db: Database) {
    let (ada, list) = user_with_list(&db).await;
    let id = job(&db, ada, list, 0..3).await;
    job(&db, ada, list, 3..6).await;
    let dead = claim(&db).await.unwrap();
    db.store.void_leases().await.unwrap();
    assert_eq!(db.store.renew(&dead.lease, TERM).await.unwrap(), Renewal::LeaseLost);
    assert_eq!(db.number("SELECT CAST(sum(attempts) AS BIGINT) FROM processing_jobs").await, 1, "the other job had no lease");
    assert_eq!(claim(&db).await.unwrap().lease.job_id, id, "at once");
}

pub(super) async fn renewal_says_whether_others_wait(db: Database) {
    let (ada, list) = user_with_list(&db).await;
    job(&db, ada, list, [0]).await;
    job(&db, ada, list, [1]).await;
    let running = claim(&db).await.unwrap();
    let waiting = async || match db.store.renew(&running.lease, TERM).await.unwrap() {
        Renewal::Held { others_waiting, .. } => others_waiting,
        Renewal::LeaseLost => panic!("the lease was lost"),
    };
    assert!(!waiting().await, "one's own job is no other");
    let (bob, other_list) = user_with_list(&db).await;
    job(&db, bob, other_list, [0]).await;
    assert!(waiting().await);
    db.store.release(&running.lease).await.unwrap();
    assert_eq!(claim(&db).await.unwrap().lease.user_id, ada, "her other job has waited longest");
    assert_eq!(claim(&db).await.unwrap().lease.user_id, bob);
}
