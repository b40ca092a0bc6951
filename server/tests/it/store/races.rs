//! What happens at the same moment: many tasks let go together, again and again, each time with one truth at the end.

use app::wire::{FailureCause, ItemOutcome, JobStatus, VideoFilter};
use server::internals::{
    job::Ending,
    store::{Claim, ItemQuery, Renewal, Result, Retry, StoreError, Written},
};
use uuid::Uuid;

use super::scene::{
    Start, TERM, claim, claim_and_die, claimed, events, failed, file, finish, flush, found, import_results, job, rules, untried, user_with_list,
};
use crate::support::database::Database;

/// Enough that every order has its turn, on two cores.
const ROUNDS: usize = 12;

/// What is true of every job at every moment: its history is ordered and ends where it ends, and what is counted is what is there.
async fn check(db: &Database, user: Uuid, job: Uuid) {
    let (history, job) = (events(db, user, job).await, db.store.job(user, job).await.unwrap());
    assert!(history.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].created_at < pair[1].created_at), "{history:?}");
    let ends: Vec<_> = history.iter().filter(|event| event.status.is_terminal()).collect();
    let end = job.status.is_terminal().then_some(&job.state);
    assert_eq!(ends, end.into_iter().collect::<Vec<_>>(), "one end, and it is the job's state");
    assert_eq!(end.is_some(), job.ended_at.is_some());
    if end.is_some() {
        assert_eq!(history.last(), end, "nothing follows it");
    }
    let items = db.store.items(user, job.id, &ItemQuery { limit: 5_000, ..ItemQuery::default() }).await.unwrap().items;
    let tried = items.iter().filter(|item| matches!(item.outcome, Some(ItemOutcome::Succeeded | ItemOutcome::Failed))).count();
    let failed = items.iter().filter(|item| item.outcome == Some(ItemOutcome::Failed)).count();
    assert_eq!((tried, failed), (job.current_video as usize, job.failed_videos as usize), "counts are outcomes");
    let cancelled = items.iter().filter(|item| item.outcome == Some(ItemOutcome::Cancelled)).count();
    assert_eq!(cancelled, if job.status == JobStatus::Cancelled { (job.total_videos - job.current_video) as usize } else { 0 });
}

/// Asked by one of several users' requests.
fn cancels(db: &Database, start: &Start, user: Uuid, job: Uuid, times: usize) -> Vec<tokio::task::JoinHandle<bool>> {
    let cancel = |_| {
        let store = db.store.clone();
        start.task(async move { store.cancel(user, job).await.unwrap().is_some() })
    };
    (0..times).map(cancel).collect()
}

async fn all<T>(tasks: Vec<tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

pub(super) async fn cancel_races_the_last_flush(db: Database) {
    for _ in 0..ROUNDS {
        let (user, _, claim) = claimed(&db, 3).await;
        let results: Vec<_> = untried(&db, &claim.lease).await.iter().map(found).collect();
        let start = Start::of(4);
        let cancels = cancels(&db, &start, user, claim.lease.job_id, 3);
        let store = db.store.clone();
        let end = start.task(async move { store.flush(&claim.lease, &results, None, Some(Ending::Done), TERM).await.unwrap() });
        assert_eq!(all(cancels).await, [false; 3], "the worker has it, or it has ended");
        assert!(matches!(end.await.unwrap(), Written::Stored { state, .. } if state.status == JobStatus::Completed), "all was done");
        check(&db, user, claim.lease.job_id).await;
    }
}

pub(super) async fn cancel_races_a_claim(db: Database) {
    for _ in 0..ROUNDS {
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..3).await;
        let start = Start::of(4);
        let cancels = cancels(&db, &start, user, id, 2);
        let claims: Vec<_> = (0..2)
            .map(|_| {
                let store = db.store.clone();
                start.task(async move { store.claim(&rules()).await.unwrap() })
            })
            .collect();
        let ended = all(cancels).await.into_iter().filter(|ended| *ended).count();
        let claims: Vec<Claim> = all(claims).await.into_iter().flatten().collect();
        assert_eq!(ended + claims.len(), 1, "ended by the request, or claimed, once");
        if let Some(claim) = claims.first() {
            // Whoever claimed it is told, at once or by the next renewal.
            assert!(matches!(db.store.renew(&claim.lease, TERM).await.unwrap(), Renewal::Held { cancel_requested: true, .. }));
            flush(&db, &claim.lease, &[], Some(Ending::Cancelled)).await;
        }
        assert_eq!(db.store.job(user, id).await.unwrap().status, JobStatus::Cancelled);
        check(&db, user, id).await;
    }
}

pub(super) async fn cancel_races_a_takeover(db: Database) {
    for _ in 0..ROUNDS {
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..4).await;
        let dead = claim_and_die(&db).await.unwrap();
        let work = untried(&db, &dead.lease).await;
        let start = Start::of(4);
        let cancels = cancels(&db, &start, user, id, 2);
        let store = db.store.clone();
        let zombie = start.task(async move { store.flush(&dead.lease, &[found(&work[0])], None, None, TERM).await.unwrap() });
        let store = db.store.clone();
        let heir = start.task(async move { store.claim(&rules()).await.unwrap() });
        let ended = all(cancels).await.into_iter().filter(|ended| *ended).count();
        let (zombie, heir) = (zombie.await.unwrap(), heir.await.unwrap());
        // A flush in time renews the lease, so that it has neither ended nor an heir.
        assert!(ended + usize::from(heir.is_some()) <= 1);
        let lease = match (heir, zombie) {
            (Some(heir), _) => Some(heir.lease),
            (None, Written::Stored { .. }) if ended == 0 => Some(dead.lease),
            _ => None,
        };
        assert_eq!(lease.is_none(), ended == 1, "somebody has it, or it has ended");
        if let Some(lease) = lease {
            assert!(matches!(db.store.renew(&lease, TERM).await.unwrap(), Renewal::Held { cancel_requested: true, .. }));
            flush(&db, &lease, &[], Some(Ending::Cancelled)).await;
        }
        check(&db, user, id).await;
    }
}

pub(super) async fn cancel_races_waiting_for_the_source(db: Database) {
    for _ in 0..ROUNDS {
        db.store.unblock_source("demo").await.unwrap();
        let (waiter, _, blocking) = claimed(&db, 2).await;
        db.store.wait_for_source(&blocking.lease, "demo", TERM).await.unwrap();
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..3).await;
        let start = Start::of(6);
        let cancels = cancels(&db, &start, user, id, 2);
        let holds: Vec<_> = (0..3)
            .map(|_| {
                let store = db.store.clone();
                start.task(async move { store.park_waiting_jobs("demo", TERM).await.unwrap() })
            })
            .collect();
        let store = db.store.clone();
        let claimed = start.task(async move { store.claim(&rules()).await.unwrap() });
        assert_eq!(all(cancels).await.into_iter().filter(|ended| *ended).count(), 1);
        assert!(claimed.await.unwrap().is_none(), "what is asked to stop ends where it is, and the rest waits");
        let told = all(holds).await.into_iter().flatten().filter(|(_, state)| state.job_id == id).count();
        assert!(told <= 1, "that it waits is said once");
        for (user, id) in [(user, id), (waiter, blocking.lease.job_id)] {
            check(&db, user, id).await;
        }
        db.store.cancel(waiter, blocking.lease.job_id).await.unwrap();
    }
}

pub(super) async fn worker_past_its_lease_races_its_successor(db: Database) {
    for _ in 0..ROUNDS {
        let (user, list) = user_with_list(&db).await;
        let id = job(&db, user, list, 0..6).await;
        let dead = claim_and_die(&db).await.unwrap();
        let work = untried(&db, &dead.lease).await;
        let start = Start::of(2);
        let (store, results) = (db.store.clone(), work.iter().map(found).collect::<Vec<_>>());
        let zombie = start.task(async move { store.flush(&dead.lease, &results, None, Some(Ending::Done), TERM).await.unwrap() });
        let store = db.store.clone();
        let heir = start.task(async move {
            let heir = store.claim(&rules()).await.unwrap()?;
            let results: Vec<_> = work.iter().map(|item| failed(item, FailureCause::Network)).collect();
            Some(store.flush(&heir.lease, &results, None, Some(Ending::Done), TERM).await.unwrap())
        });
        let (zombie, heir) = (zombie.await.unwrap(), heir.await.unwrap());
        assert_eq!(zombie == Written::LeaseLost, heir.is_some(), "one of them");
        assert!(heir.is_none_or(|written| written != Written::LeaseLost), "and an heir keeps what it has");
        check(&db, user, id).await;
    }
}

/// A retry that was made, named or refused: anything else is a fault.
fn judged(retry: Result<Retry>) -> std::result::Result<(bool, Uuid), &'static str> {
    match retry {
        Ok(Retry::Created(state)) => Ok((true, state.job_id)),
        Ok(Retry::Active(job)) => Ok((false, job)),
        Err(StoreError::JobActive) => Err("active"),
        Err(StoreError::NothingToRetry) => Err("nothing"),
        Err(error) => panic!("{error}"),
    }
}

fn retries(db: &Database, start: &Start, user: Uuid, job: Uuid, times: usize) -> Vec<tokio::task::JoinHandle<Result<Retry>>> {
    let retry = |_| {
        let store = db.store.clone();
        start.task(async move { store.retry(user, job, &[]).await })
    };
    (0..times).map(retry).collect()
}

pub(super) async fn retry_races_the_end_of_its_origin(db: Database) {
    for _ in 0..ROUNDS {
        let (user, _, origin) = claimed(&db, 3).await;
        let id = origin.lease.job_id;
        let results: Vec<_> = untried(&db, &origin.lease).await.iter().map(|item| failed(item, FailureCause::Network)).collect();
        let start = Start::of(4);
        let retries = retries(&db, &start, user, id, 3);
        let store = db.store.clone();
        let end = start.task(async move { store.flush(&origin.lease, &results, None, Some(Ending::Done), TERM).await.unwrap() });
        let answers: Vec<_> = all(retries).await.into_iter().map(judged).collect();
        assert!(end.await.unwrap() != Written::LeaseLost);
        assert!(answers.iter().all(|answer| *answer != Err("nothing")), "{answers:?}");
        let made: Vec<Uuid> = answers.iter().flatten().filter(|(new, _)| *new).map(|(_, job)| *job).collect();
        assert!(made.len() <= 1 && answers.iter().flatten().all(|(_, job)| Some(job) == made.first()), "{answers:?}");
        check(&db, user, id).await;
        if let Some(retry) = made.first() {
            assert_eq!(finish(&db, &claim(&db).await.unwrap().lease).await.message, "Completed: 3 succeeded, 0 failed");
            check(&db, user, *retry).await;
        }
    }
}

pub(super) async fn retries_race_the_end_of_a_retry(db: Database) {
    for _ in 0..ROUNDS {
        let (user, _, origin) = claimed(&db, 3).await;
        flush(&db, &origin.lease, &[], Some(Ending::Cancelled)).await;
        let (_, first) = judged(db.store.retry(user, origin.lease.job_id, &[]).await).unwrap();
        let running = claim(&db).await.unwrap();
        let results: Vec<_> = untried(&db, &running.lease).await.iter().map(found).collect();
        let start = Start::of(5);
        let retries = retries(&db, &start, user, origin.lease.job_id, 4);
        let store = db.store.clone();
        let end = start.task(async move { store.flush(&running.lease, &results, None, Some(Ending::Done), TERM).await.unwrap() });
        // Either it still ran, or everything has succeeded: in no moment is there a second one.
        for answer in all(retries).await.into_iter().map(judged) {
            assert!(answer == Ok((false, first)) || answer == Err("nothing"), "{answer:?}");
        }
        assert!(end.await.unwrap() != Written::LeaseLost);
        check(&db, user, first).await;
    }
}

/// A job that is gone, or was not yet: either is an answer.
fn gone<T>(answer: Result<T>) {
    match answer {
        Ok(_) | Err(StoreError::NotFound(_) | StoreError::JobActive | StoreError::NothingToRetry) => {}
        Err(error) => panic!("{error}"),
    }
}

pub(super) async fn deleting_a_list_races_everything(db: Database) {
    for round in 0..ROUNDS as u32 {
        let (user, list) = user_with_list(&db).await;
        let ended = job(&db, user, list, 0..3).await;
        flush(&db, &claim(&db).await.unwrap().lease, &[], Some(Ending::Cancelled)).await;
        let running = job(&db, user, list, 10..30).await;
        let claim = claim(&db).await.unwrap();
        let work = untried(&db, &claim.lease).await;
        let videos = db.store.videos(user, list, &VideoFilter::default()).await.unwrap().items;
        let some: Vec<Uuid> = videos.iter().step_by(2).map(|video| video.id).collect();

        let start = Start::of(8);
        let task = |pick: u32| {
            let (store, lease, results, some) = (db.store.clone(), claim.lease, work.iter().map(found).collect::<Vec<_>>(), some.clone());
            start.task(async move {
                match pick {
                    0 => gone(store.flush(&lease, &results[..9], None, None, TERM).await),
                    1 => gone(store.renew(&lease, TERM).await),
                    2 => gone(store.cancel(user, running).await),
                    3 => gone(store.retry(user, ended, &[]).await),
                    4 => gone(store.dismiss(user, ended).await),
                    5 => gone(store.delete_videos(user, list, &some).await),
                    _ => gone(import_results(&*store, user, list, file(50 + round..70 + round).into_iter().map(Ok).collect()).await),
                }
            })
        };
        let tasks: Vec<_> = (0..7).map(task).collect();
        let store = db.store.clone();
        let deleted = start.task(async move { store.delete_list(user, list).await.unwrap() });
        all(tasks).await;
        let deleted = deleted.await.unwrap();
        assert!(deleted.contains(&ended) && deleted.contains(&running), "the tabs are told of every job");
        assert_eq!(db.store.flush(&claim.lease, &[found(&work[10])], None, None, TERM).await.unwrap(), Written::LeaseLost);
        for table in ["lists", "videos", "processing_jobs", "job_items", "job_progress_events"] {
            assert_eq!(db.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
    }
}

pub(super) async fn overlapping_imports_race(db: Database) {
    for _ in 0..ROUNDS / 3 {
        let (user, list) = user_with_list(&db).await;
        let start = Start::of(4);
        // Each shares half of its videos with the next; two are in the opposite order.
        let imports: Vec<_> = (0..4)
            .map(|part: u32| {
                let mut numbers: Vec<u32> = (part * 300..part * 300 + 600).collect();
                if part % 2 == 1 {
                    numbers.reverse();
                }
                let store = db.store.clone();
                start.task(async move { import_results(&*store, user, list, file(numbers).into_iter().map(Ok).collect()).await.unwrap() })
            })
            .collect();
        let stored = all(imports).await;
        assert!(stored.iter().all(|import| import.counts.accepted + import.counts.duplicates == 600));
        assert_eq!(stored.iter().map(|import| import.counts.accepted).sum::<u32>(), 1_500, "each video is new once");
        let list = db.id(list);
        let number = async |sql: &str| db.number(&format!("SELECT {sql} FROM videos WHERE list_id = {list}")).await;
        assert_eq!((number("count(*)").await, number("count(DISTINCT position)").await, number("max(position)").await), (1_500, 1_500, 1_500));
        for job in stored.into_iter().filter_map(|import| import.job) {
            check(&db, user, job.job_id).await;
        }
    }
}
