//! Retries: of everything that did not succeed, one at a time.

use app::wire::{FailureCause, JobStatus, VideoFilter, VideoStatus};
use server::internals::{
    job::Ending,
    store::{JobQuery, Retry, StoreError},
};
use uuid::Uuid;

use super::fixtures::{StartBarrier, claim, events, failed, file, finish, flush, found, import, malformed, untried, user_with_list};
use crate::support::database::Database;

/// An ended job: line 1 found, 2 unavailable, 3 a network failure, 4 cancelled, 5 malformed and cancelled or failed.
async fn ended(db: &Database) -> (Uuid, Uuid, Uuid) {
    let (user, list) = user_with_list(db).await;
    let mut lines = vec![malformed(1)];
    lines.extend(file(0..4).into_iter().map(|line| server::internals::import::ImportLine { line: line.line + 1, ..line }));
    import(db, user, list, lines).await;
    let claim = claim(db).await.unwrap();
    let work = untried(db, &claim.lease).await;
    let results = [
        failed(&work[0], FailureCause::InvalidId),
        found(&work[1]),
        failed(&work[2], FailureCause::Unavailable),
        failed(&work[3], FailureCause::Network),
    ];
    flush(db, &claim.lease, &results, Some(Ending::Cancelled)).await;
    (user, list, claim.lease.job_id)
}

fn created(retry: Retry) -> app::wire::ProgressUpdate {
    match retry {
        Retry::Created(state) => state,
        Retry::Active(job) => panic!("{job} is active already"),
    }
}

pub(super) async fn retry_takes_what_has_not_succeeded(db: Database) {
    let (user, list, origin) = ended(&db).await;
    let state = created(db.store.retry(user, origin, &[]).await.unwrap());
    assert_eq!((state.status, state.total_videos, state.seq), (JobStatus::Pending, 3, Some(1)));
    assert_eq!(events(&db, user, state.job_id).await, std::slice::from_ref(&state));
    let job = db.store.job(user, state.job_id).await.unwrap();
    assert_eq!((job.retry_of, job.list_id, job.source_name.as_str()), (Some(origin), list, "videos.csv"));
    let linked = JobQuery { retry_of: Some(origin), limit: Some(10), ..JobQuery::default() };
    assert_eq!(db.store.jobs(user, &linked).await.unwrap().items, [job]);
    let videos = db.store.videos(user, list, &VideoFilter::default()).await.unwrap().items;
    let statuses: Vec<_> = videos.iter().map(|video| (video.status, video.cause)).collect();
    assert_eq!(statuses, [(VideoStatus::Ok, None), (VideoStatus::Pending, None), (VideoStatus::Pending, None), (VideoStatus::Pending, None)]);

    let lease = claim(&db).await.unwrap().lease;
    assert_eq!(untried(&db, &lease).await.iter().map(|item| item.line).collect::<Vec<_>>(), [3, 4, 5], "the lines of the file");
    assert_eq!(finish(&db, &lease).await.status, JobStatus::Completed);
    assert!(matches!(db.store.retry(user, origin, &[]).await, Err(StoreError::NothingToRetry)), "all have succeeded by now");
    assert!(matches!(db.store.retry(user, state.job_id, &[]).await, Err(StoreError::NothingToRetry)));
    assert_eq!(db.number("SELECT count(*) FROM processing_jobs").await, 2, "a refused retry leaves nothing");
}

pub(super) async fn retry_of_some_causes(db: Database) {
    let (user, _, origin) = ended(&db).await;
    let state = created(db.store.retry(user, origin, &[FailureCause::Network, FailureCause::RateLimited, FailureCause::InvalidId]).await.unwrap());
    let lease = claim(&db).await.unwrap().lease;
    assert_eq!(lease.job_id, state.job_id);
    assert_eq!(untried(&db, &lease).await.iter().map(|item| item.line).collect::<Vec<_>>(), [4, 5], "that cause, and what was not tried");
}

pub(super) async fn retry_needs_an_ended_job(db: Database) {
    let (user, _, origin) = ended(&db).await;
    let state = created(db.store.retry(user, origin, &[]).await.unwrap());
    assert!(matches!(db.store.retry(user, state.job_id, &[]).await, Err(StoreError::JobActive)));
    assert!(matches!(db.store.retry(user, Uuid::new_v4(), &[]).await, Err(StoreError::NotFound(_))));
}

pub(super) async fn concurrent_retries_create_one_job(db: Database) {
    let (user, _, origin) = ended(&db).await;
    let start = StartBarrier::new(6);
    let retries: Vec<_> = (0..6)
        .map(|number| {
            let store = db.store.clone();
            // Of all causes, or of some: only one retry of a job is active, whatever it contains.
            let causes: &[FailureCause] = if number % 2 == 0 { &[] } else { &[FailureCause::Network] };
            start.spawn(async move { store.retry(user, origin, causes).await.unwrap() })
        })
        .collect();
    let (mut made, mut named) = (Vec::new(), Vec::new());
    for retry in retries {
        match retry.await.unwrap() {
            Retry::Created(state) => made.push(state.job_id),
            Retry::Active(job) => named.push(job),
        }
    }
    assert_eq!((made.len(), named.len()), (1, 5));
    assert!(named.iter().all(|job| *job == made[0]));
}
