//! Races of retries, deletions and imports: tasks start at the same moment, and the result must be consistent in any order.

use app::wire::{FailureCause, VideoFilter};
use futures::future::try_join_all;
use server::internals::{
    job::Ending,
    store::{Result, Retry, StoreError, Written},
};
use uuid::Uuid;

use super::deletion::assert_removed;
use super::fixtures::{
    RACE_ROUNDS, StartBarrier, TERM, assert_consistent, claim, claimed, failed, file, finish, flush, found, import_results, job, try_flush, untried,
    user_with_list,
};
use crate::support::database::Database;

/// Whether the retry was created and its job, or the refusal. Panics on any other error.
fn retry_result(retry: Result<Retry>) -> std::result::Result<(bool, Uuid), &'static str> {
    match retry {
        Ok(Retry::Created(state)) => Ok((true, state.job_id)),
        Ok(Retry::Active(job)) => Ok((false, job)),
        Err(StoreError::JobActive) => Err("active"),
        Err(StoreError::NothingToRetry) => Err("nothing"),
        Err(error) => panic!("{error}"),
    }
}

fn retries(db: &Database, start: &StartBarrier, user: Uuid, job: Uuid, times: usize) -> Vec<tokio::task::JoinHandle<Result<Retry>>> {
    let retry = |_| {
        let store = db.store.clone();
        start.spawn(async move { store.retry(user, job, &[]).await })
    };
    (0..times).map(retry).collect()
}

pub(super) async fn retry_races_the_end_of_its_origin(db: Database) {
    for _ in 0..RACE_ROUNDS {
        let (user, _, origin) = claimed(&db, 3).await;
        let id = origin.lease.job_id;
        let results: Vec<_> = untried(&db, &origin.lease).await.iter().map(|item| failed(item, FailureCause::Network)).collect();
        let start = StartBarrier::new(4);
        let retries = retries(&db, &start, user, id, 3);
        let store = db.store.clone();
        let end = start.spawn(async move { try_flush(&*store, &origin.lease, &results, Some(Ending::Done)).await.unwrap() });
        let answers: Vec<_> = try_join_all(retries).await.unwrap().into_iter().map(retry_result).collect();
        assert!(end.await.unwrap() != Written::LeaseLost);
        assert!(answers.iter().all(|answer| *answer != Err("nothing")), "{answers:?}");
        let made: Vec<Uuid> = answers.iter().flatten().filter(|(new, _)| *new).map(|(_, job)| *job).collect();
        assert!(made.len() <= 1 && answers.iter().flatten().all(|(_, job)| Some(job) == made.first()), "{answers:?}");
        assert_consistent(&db, user, id).await;
        if let Some(retry) = made.first() {
            assert_eq!(finish(&db, &claim(&db).await.unwrap().lease).await.message, "Completed: 3 succeeded, 0 failed");
            assert_consistent(&db, user, *retry).await;
        }
    }
}

pub(super) async fn retries_race_the_end_of_a_retry(db: Database) {
    for _ in 0..RACE_ROUNDS {
        let (user, _, origin) = claimed(&db, 3).await;
        flush(&db, &origin.lease, &[], Some(Ending::Cancelled)).await;
        let (_, first) = retry_result(db.store.retry(user, origin.lease.job_id, &[]).await).unwrap();
        let running = claim(&db).await.unwrap();
        let results: Vec<_> = untried(&db, &running.lease).await.iter().map(found).collect();
        let start = StartBarrier::new(5);
        let retries = retries(&db, &start, user, origin.lease.job_id, 4);
        let store = db.store.clone();
        let end = start.spawn(async move { try_flush(&*store, &running.lease, &results, Some(Ending::Done)).await.unwrap() });
        // Either it still ran, or everything has succeeded: there is never a second retry.
        for answer in try_join_all(retries).await.unwrap().into_iter().map(retry_result) {
            assert!(answer == Ok((false, first)) || answer == Err("nothing"), "{answer:?}");
        }
        assert!(end.await.unwrap() != Written::LeaseLost);
        assert_consistent(&db, user, first).await;
    }
}

/// Panics on an error other than those of a job that is deleted or has not ended.
fn assert_ok_or_gone<T>(answer: Result<T>) {
    match answer {
        Ok(_) | Err(StoreError::NotFound(_) | StoreError::JobActive | StoreError::NothingToRetry) => {}
        Err(error) => panic!("{error}"),
    }
}

pub(super) async fn deleting_a_list_races_everything(db: Database) {
    for round in 0..RACE_ROUNDS as u32 {
        let (user, list) = user_with_list(&db).await;
        let ended = job(&db, user, list, 0..3).await;
        flush(&db, &claim(&db).await.unwrap().lease, &[], Some(Ending::Cancelled)).await;
        let running = job(&db, user, list, 10..30).await;
        let claim = claim(&db).await.unwrap();
        let work = untried(&db, &claim.lease).await;
        let videos = db.store.videos(user, list, &VideoFilter::default()).await.unwrap().items;
        let some: Vec<Uuid> = videos.iter().step_by(2).map(|video| video.id).collect();

        let start = StartBarrier::new(8);
        let task = |pick: u32| {
            let (store, lease, results, some) = (db.store.clone(), claim.lease, work.iter().map(found).collect::<Vec<_>>(), some.clone());
            start.spawn(async move {
                match pick {
                    0 => assert_ok_or_gone(try_flush(&*store, &lease, &results[..9], None).await),
                    1 => assert_ok_or_gone(store.renew(&lease, TERM).await),
                    2 => assert_ok_or_gone(store.cancel(user, running).await),
                    3 => assert_ok_or_gone(store.retry(user, ended, &[]).await),
                    4 => assert_ok_or_gone(store.dismiss(user, ended).await),
                    5 => assert_ok_or_gone(store.delete_videos(user, list, &some).await),
                    _ => assert_ok_or_gone(import_results(&*store, user, list, file(50 + round..70 + round).into_iter().map(Ok).collect()).await),
                }
            })
        };
        let tasks: Vec<_> = (0..7).map(task).collect();
        let store = db.store.clone();
        let deleted = start.spawn(async move { store.delete_list(user, list).await.unwrap() });
        try_join_all(tasks).await.unwrap();
        let deleted = deleted.await.unwrap();
        assert!(deleted.contains(&ended) && deleted.contains(&running), "every job is reported to the tabs");
        assert_eq!(try_flush(&*db.store, &claim.lease, &[found(&work[10])], None).await.unwrap(), Written::LeaseLost);
        assert_removed(&db).await;
    }
}

pub(super) async fn overlapping_imports_race(db: Database) {
    for _ in 0..RACE_ROUNDS / 3 {
        let (user, list) = user_with_list(&db).await;
        let start = StartBarrier::new(4);
        // Each shares half of its videos with the next; two are in the opposite order.
        let imports: Vec<_> = (0..4)
            .map(|part: u32| {
                let mut numbers: Vec<u32> = (part * 300..part * 300 + 600).collect();
                if part % 2 == 1 {
                    numbers.reverse();
                }
                let store = db.store.clone();
                start.spawn(async move { import_results(&*store, user, list, file(numbers).into_iter().map(Ok).collect()).await.unwrap() })
            })
            .collect();
        let stored = try_join_all(imports).await.unwrap();
        assert!(stored.iter().all(|import| import.counts.accepted + import.counts.duplicates == 600));
        assert_eq!(stored.iter().map(|import| import.counts.accepted).sum::<u32>(), 1_500, "each video is new once");
        let list = db.id(list);
        let number = async |sql: &str| db.number(&format!("SELECT {sql} FROM videos WHERE list_id = {list}")).await;
        assert_eq!((number("count(*)").await, number("count(DISTINCT position)").await, number("max(position)").await), (1_500, 1_500, 1_500));
        for job in stored.into_iter().filter_map(|import| import.job) {
            assert_consistent(&db, user, job.job_id).await;
        }
    }
}
