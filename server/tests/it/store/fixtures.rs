//! Users, lists, files and workers for tests.

use std::{sync::Arc, time::Duration};

use app::wire::{Account, FailureCause, ItemFilter, ItemOutcome, JobStatus, ProgressUpdate, WaitingReason};
use server::internals::{
    import::{Entry, ImportError, ImportLine},
    job::{Ending, Failure, ItemResult, Metadata},
    store::{Claim, ClaimRules, Flush, ImportTarget, Lease, NewImport, Result, SourcePause, Store, StoredImport, WorkItem, Written},
};
use tokio::{
    sync::{Barrier, mpsc},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::support::database::Database;

/// Longer than any test.
pub(super) const TERM: Duration = Duration::from_secs(60);
/// A lease that has expired when it is given.
pub(super) const NO_TIME: Duration = Duration::ZERO;
/// How often each race is repeated: enough for every order to occur on two cores.
pub(super) const RACE_ROUNDS: usize = 12;

/// A new account.
pub(super) async fn user(db: &Database) -> Account {
    let email = format!("{}@example.org", Uuid::new_v4().simple());
    db.store.create_user(&email, "hash", false).await.unwrap()
}

/// A user with an empty list.
pub(super) async fn user_with_list(db: &Database) -> (Uuid, Uuid) {
    let user = user(db).await.id;
    (user, db.store.create_list(user, "Watch later").await.unwrap().id)
}

/// A well-formed id.
pub(super) fn youtube_id(n: u32) -> String {
    format!("{n:011}")
}

/// A line with a video.
pub(super) fn video(line: u32, n: u32) -> ImportLine {
    ImportLine { list: 0, line, input: youtube_id(n), entry: Entry::video(youtube_id(n)) }
}

/// A line with a malformed id.
pub(super) fn malformed(line: u32) -> ImportLine {
    ImportLine { list: 0, line, input: "too-short".into(), entry: Entry::InvalidId }
}

/// Lines from 1, with the videos of these numbers.
pub(super) fn file(numbers: impl IntoIterator<Item = u32>) -> Vec<ImportLine> {
    (1..).zip(numbers).map(|(line, n)| video(line, n)).collect()
}

/// Stores lines like the handler: another task sends them.
pub(super) async fn import_results(
    store: &dyn Store,
    user_id: Uuid,
    list_id: Uuid,
    lines: Vec<Result<ImportLine, ImportError>>,
) -> Result<StoredImport> {
    let (sender, receiver) = mpsc::channel(64);
    let sending = tokio::spawn(async move {
        for line in lines {
            if sender.send(line).await.is_err() {
                break;
            }
        }
    });
    let import = NewImport { user_id, source_name: "videos.csv".into(), into: ImportTarget::List(list_id) };
    let stored = store.store_import(import, receiver).await.map(|mut stored| stored.remove(0));
    sending.await.unwrap();
    stored
}

/// The same for a file without errors.
pub(super) async fn import(db: &Database, user_id: Uuid, list_id: Uuid, lines: Vec<ImportLine>) -> StoredImport {
    import_results(&*db.store, user_id, list_id, lines.into_iter().map(Ok).collect()).await.unwrap()
}

/// A job with these videos.
pub(super) async fn job(db: &Database, user_id: Uuid, list_id: Uuid, numbers: impl IntoIterator<Item = u32>) -> Uuid {
    import(db, user_id, list_id, file(numbers)).await.job.expect("new videos").job_id
}

/// A user, a list, a job over `count` videos, and a worker's claim on it.
pub(super) async fn claimed(db: &Database, count: u32) -> (Uuid, Uuid, Claim) {
    let (user, list) = user_with_list(db).await;
    job(db, user, list, 0..count).await;
    (user, list, claim(db).await.expect("a due job"))
}

/// Without effective limits.
pub(super) fn rules() -> ClaimRules {
    ClaimRules { lease: TERM, per_user: 100, source: "demo".into() }
}

/// The network's, of the source "demo".
pub(super) fn pause(duration: Duration) -> SourcePause {
    SourcePause { source: "demo".into(), fingerprint: "demo key".into(), duration, reason: WaitingReason::Network }
}

/// The next job.
pub(super) async fn claim(db: &Database) -> Option<Claim> {
    reap_and_claim(&*db.store, &rules()).await
}

/// As a worker does it.
pub(super) async fn reap_and_claim(store: &dyn Store, rules: &ClaimRules) -> Option<Claim> {
    store.reap_abandoned_jobs(10).await.unwrap();
    store.claim(rules).await.unwrap()
}

/// Claims the next job with a lease that has expired already.
pub(super) async fn claim_and_die(db: &Database) -> Option<Claim> {
    reap_and_claim(&*db.store, &ClaimRules { lease: NO_TIME, ..rules() }).await
}

/// The untried items, in order.
pub(super) async fn untried(db: &Database, lease: &Lease) -> Vec<WorkItem> {
    db.store.untried_items(lease, 0, 10_000).await.unwrap()
}

/// The result of a look-up that found the video.
pub(super) fn found(item: &WorkItem) -> ItemResult {
    let found =
        Metadata { title: Some(format!("Title {}", item.youtube_id)), channel: Some("Channel".into()), duration_seconds: Some(61), reason: None };
    item.result(Ok(found))
}

/// The result of a look-up that failed.
pub(super) fn failed(item: &WorkItem, cause: FailureCause) -> ItemResult {
    item.result(Err(Failure { cause, text: format!("Failed: {}", cause.as_str()) }))
}

/// Flushes as the worker that has the lease would; it knows the job's newest state.
pub(crate) async fn try_flush(store: &dyn Store, lease: &Lease, results: &[ItemResult], end: Option<Ending>) -> Result<Written> {
    let unknown = || ProgressUpdate::core(lease.job_id, JobStatus::Pending, 0, 0, 1, "");
    let state = store.states(&[lease.job_id]).await?.pop().map_or_else(unknown, |(_, state)| state);
    let causes = store.job(lease.user_id, lease.job_id).await.map(|job| job.causes).unwrap_or_default();
    let flush = Flush { state: &state, causes: &causes, results, eta_seconds: None, end, untried_from: 1 };
    store.flush(lease, &flush, TERM).await
}

/// Flushes under a valid lease.
pub(super) async fn flush(db: &Database, lease: &Lease, results: &[ItemResult], end: Option<Ending>) -> ProgressUpdate {
    match try_flush(&*db.store, lease, results, end).await.unwrap() {
        Written::Stored { state, .. } => *state,
        Written::LeaseLost => panic!("the lease was lost"),
    }
}

/// Finishes all remaining items successfully and ends the job.
pub(super) async fn finish(db: &Database, lease: &Lease) -> ProgressUpdate {
    let results: Vec<ItemResult> = untried(db, lease).await.iter().map(found).collect();
    flush(db, lease, &results, Some(Ending::Done)).await
}

/// The whole history.
pub(super) async fn events(db: &Database, user_id: Uuid, job_id: Uuid) -> Vec<ProgressUpdate> {
    db.store.history(user_id, job_id, None, None, 5_000).await.unwrap()
}

/// Starts tasks at the same moment: none runs until all are spawned.
pub(super) struct StartBarrier(Arc<Barrier>);

impl StartBarrier {
    /// For exactly this many tasks.
    pub(super) fn new(tasks: usize) -> Self {
        Self(Arc::new(Barrier::new(tasks)))
    }

    pub(super) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        let barrier = Arc::clone(&self.0);
        tokio::spawn(async move {
            barrier.wait().await;
            work.await
        })
    }
}

/// What holds for every job at every moment: its history is ordered, nothing follows its end, and its counts match its items.
pub(super) async fn assert_consistent(db: &Database, user: Uuid, job: Uuid) {
    let (history, job) = (events(db, user, job).await, db.store.job(user, job).await.unwrap());
    assert!(history.windows(2).all(|pair| pair[0].seq < pair[1].seq && pair[0].created_at < pair[1].created_at), "{history:?}");
    let ends: Vec<_> = history.iter().filter(|event| event.status.is_terminal()).collect();
    let end = job.status.is_terminal().then_some(&job.state);
    assert_eq!(ends, end.into_iter().collect::<Vec<_>>(), "one end, and it is the job's state");
    assert_eq!(end.is_some(), job.ended_at.is_some());
    if end.is_some() {
        assert_eq!(history.last(), end, "nothing follows it");
    }
    let items = db.store.items(user, job.id, &ItemFilter { limit: Some(5_000), ..ItemFilter::default() }).await.unwrap().items;
    let tried = items.iter().filter(|item| matches!(item.outcome, Some(ItemOutcome::Succeeded | ItemOutcome::Failed))).count();
    let failed = items.iter().filter(|item| item.outcome == Some(ItemOutcome::Failed)).count();
    assert_eq!((tried, failed), (job.current_video as usize, job.failed_videos as usize), "counts are outcomes");
    let cancelled = items.iter().filter(|item| item.outcome == Some(ItemOutcome::Cancelled)).count();
    assert_eq!(cancelled, if job.status == JobStatus::Cancelled { (job.total_videos - job.current_video) as usize } else { 0 });
}
