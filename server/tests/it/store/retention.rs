//! Histories of jobs that ended long ago: pruned once.

use std::time::Duration;

use app::wire::{FailureCause, ItemFilter, JobStatus};
use server::internals::job::Ending;
use uuid::Uuid;

use super::fixtures::{StartBarrier, claim, claimed, events, failed, finish, flush, found, job, try_flush, untried, user_with_list};
use crate::support::database::Database;

const MONTH: Duration = Duration::from_secs(30 * 86_400);

/// Makes a job's end a little more than a month ago.
async fn age(db: &Database, job: Uuid) {
    db.execute(&format!("UPDATE processing_jobs SET ended_at = ended_at - {} WHERE id = {}", db.seconds(30 * 86_400 + 1), db.id(job))).await;
}

pub(super) async fn old_histories_are_pruned_to_start_failures_and_end(db: Database) {
    let (user, list, old) = claimed(&db, 30).await;
    let work = untried(&db, &old.lease).await;
    for (at, item) in work.iter().enumerate() {
        let result = if at % 10 == 4 { failed(item, FailureCause::Unavailable) } else { found(item) };
        flush(&db, &old.lease, &[result], None).await;
    }
    let end = flush(&db, &old.lease, &[], Some(Ending::Done)).await;
    let whole = events(&db, user, old.lease.job_id).await;
    assert_eq!((whole.len(), end.status), (32, JobStatus::CompletedWithErrors));
    let other = job(&db, user, list, 100..103).await;
    finish(&db, &claim(&db).await.unwrap().lease).await;
    let running = job(&db, user, list, 200..203).await;
    let lease = claim(&db).await.unwrap().lease;
    flush(&db, &lease, &[found(&untried(&db, &lease).await[0])], None).await;

    assert_eq!(db.store.prune_history(MONTH).await.unwrap(), 0, "nothing is old yet");
    age(&db, old.lease.job_id).await;
    let before = (db.store.job(user, old.lease.job_id).await.unwrap(), events(&db, user, other).await, events(&db, user, running).await);
    assert_eq!(db.store.prune_history(MONTH).await.unwrap(), 1);
    let pruned = events(&db, user, old.lease.job_id).await;
    assert_eq!(pruned.iter().map(|event| event.current_video).collect::<Vec<_>>(), [0, 5, 15, 25, 30]);
    assert!(pruned.iter().all(|event| whole.contains(event)), "what stays is as it was");
    assert_eq!((pruned[0].status, pruned.last()), (JobStatus::Pending, Some(&end)));
    assert_eq!(db.store.prune_history(MONTH).await.unwrap(), 0, "once");

    let after = (db.store.job(user, old.lease.job_id).await.unwrap(), events(&db, user, other).await, events(&db, user, running).await);
    assert_eq!(after, before, "the job and the histories of others are as they were");
    let items = db.store.items(user, old.lease.job_id, &ItemFilter { limit: Some(100), ..ItemFilter::default() }).await.unwrap().items;
    assert_eq!(items.len(), 30, "the receipt is whole");
    let news = db.store.changes(end.created_at.unwrap().plus_micros(5_000_000)).await.unwrap();
    assert!(news.jobs.iter().all(|change| change.job_id != old.lease.job_id), "it is no news");
}

pub(super) async fn many_prune_at_once_and_nobody_waits(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let mut old = Vec::new();
    for number in 0..45 {
        old.push(job(&db, user, list, number * 3..number * 3 + 3).await);
        finish(&db, &claim(&db).await.unwrap().lease).await;
        age(&db, old[number as usize]).await;
    }
    let (worker, _, running) = claimed(&db, 60).await;
    let work = untried(&db, &running.lease).await;

    let start = StartBarrier::new(4);
    let pruners: Vec<_> = (0..3)
        .map(|_| {
            let store = db.store.clone();
            start.spawn(async move {
                let mut all = 0;
                loop {
                    match store.prune_history(MONTH).await.unwrap() {
                        0 => return all,
                        some => all += some,
                    }
                }
            })
        })
        .collect();
    let store = db.store.clone();
    let flushing = start.spawn(async move {
        for item in &work {
            try_flush(&*store, &running.lease, &[found(item)], None).await.unwrap();
        }
    });
    let mut pruned_events = 0;
    for pruner in pruners {
        pruned_events += pruner.await.unwrap();
    }
    flushing.await.unwrap();
    assert_eq!((pruned_events, db.store.prune_history(MONTH).await.unwrap()), (45, 0), "each once, none forgotten");
    for job in old {
        let seqs: Vec<_> = events(&db, user, job).await.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, [Some(1), Some(5)]);
    }
    assert_eq!(events(&db, worker, running.lease.job_id).await.len(), 61);
}
