//! The worker with a source controlled by the test.

use std::{sync::Arc, time::Duration};

use app::wire::{JobStatus, ProgressUpdate, WaitingReason};
use async_trait::async_trait;
use server::internals::{
    bus::{Bus, WorkSignal, local::LocalBus, publisher::Publisher},
    import::{Entry, ImportLine},
    job::{Failure, Metadata},
    metadata::{AdaptiveLimiter, Source, SourceUnavailable},
    store::{ImportTarget, NewImport},
    worker::{OutageLog, Worker, WorkerSettings},
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::{TIMEOUT, database::Database, wait_until};

/// Answers a look-up when the test allows it, always with "unavailable".
struct UnavailableSource {
    asked: Semaphore,
    answers: Semaphore,
    limiter: Option<Arc<AdaptiveLimiter>>,
}

#[async_trait]
impl Source for UnavailableSource {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn batch_size(&self) -> usize {
        1
    }

    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        self.limiter.as_ref()
    }

    async fn look_up(&self, _: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceUnavailable> {
        self.asked.add_permits(1);
        self.answers.acquire().await.unwrap().forget();
        Err(SourceUnavailable {
            retry_after: Duration::from_secs(3600),
            waiting_reason: WaitingReason::RateLimited,
            error: "a test says so".into(),
            detail: String::new(),
        })
    }
}

/// A job with this many videos, in a new list.
async fn import(db: &Database, user_id: Uuid, videos: u32) -> Uuid {
    let list_id = db.store.create_list(user_id, "List").await.unwrap().id;
    let (lines, receiver) = mpsc::channel(videos as usize);
    for line in 1..=videos {
        let youtube_id = format!("video{line:06}");
        let entry = Entry::video(youtube_id.clone());
        lines.send(Ok(ImportLine { list: 0, line, input: youtube_id, entry })).await.unwrap();
    }
    drop(lines);
    let import = NewImport { user_id, source_name: "some".into(), into: ImportTarget::List(list_id) };
    db.store.store_import(import, receiver).await.unwrap().remove(0).job.unwrap().job_id
}

/// A worker that has claimed one job, with a lease of two seconds.
struct Harness {
    db: Database,
    source: Arc<UnavailableSource>,
    user: Uuid,
    job: Uuid,
    shutdown: CancellationToken,
}

impl Harness {
    /// Of three videos, all of which are being looked up.
    async fn new(db: Database) -> Self {
        Self::with(db, 3, 3, None).await
    }

    /// Of `videos`, `asked` of which are being looked up.
    async fn with(db: Database, videos: u32, asked: u32, limiter: Option<Arc<AdaptiveLimiter>>) -> Self {
        let user = db.store.create_user("ada@example.org", "hash", false).await.unwrap().id;
        let job = import(&db, user, videos).await;
        let source = Arc::new(UnavailableSource { asked: Semaphore::new(0), answers: Semaphore::new(0), limiter });
        let (bus, shutdown): (Arc<dyn Bus>, _) = (Arc::new(LocalBus::new()), CancellationToken::new());
        let (publisher, _) = Publisher::spawn(Arc::clone(&bus), shutdown.clone());
        let worker = Worker {
            store: Arc::clone(&db.store),
            source: source.clone(),
            publisher,
            bus,
            work: WorkSignal::default(),
            settings: WorkerSettings { jobs: 1, concurrency: videos, per_user: 1, lease: Duration::from_secs(2), history: None },
            outage_log: OutageLog::default(),
        };
        tokio::spawn(Arc::new(worker).run(shutdown.clone()));
        timeout(TIMEOUT, source.asked.acquire_many(asked)).await.unwrap().unwrap().forget();
        Self { db, source, user, job, shutdown }
    }

    /// Waits for the next renewal of the lease, at which the worker notices cancel requests.
    async fn wait_for_renewal(&self) {
        let until = async || self.db.number("SELECT CAST(max(lease_until) AS INTEGER) FROM processing_jobs").await;
        let before = until().await;
        wait_until("the lease is renewed", async || until().await > before).await;
    }

    async fn state(&self) -> ProgressUpdate {
        self.db.store.job(self.user, self.job).await.unwrap().state
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

#[tokio::test]
async fn job_cancelled_while_its_source_becomes_unavailable_is_cancelled() {
    let harness = Harness::new(Database::sqlite().await).await;
    assert_eq!(harness.db.store.cancel(harness.user, harness.job).await.unwrap(), None, "the worker is asked to end it");
    harness.wait_for_renewal().await;
    harness.source.answers.add_permits(3);
    wait_until("the job ends", async || harness.state().await.status.is_terminal()).await;
    let state = harness.state().await;
    assert_eq!((state.status, state.current_video), (JobStatus::Cancelled, 0), "{}", state.message);
}

#[tokio::test]
async fn job_whose_slice_ends_while_its_source_becomes_unavailable_waits() {
    let harness = Harness::new(Database::sqlite().await).await;
    let other = harness.db.store.create_user("bob@example.org", "hash", false).await.unwrap().id;
    import(&harness.db, other, 1).await;
    // The end of the slice renews the lease, too, 2 s after the claim. With a renewal at every third of the lease, it has happened by the
    // fourth.
    for _ in 0..4 {
        harness.wait_for_renewal().await;
    }
    harness.source.answers.add_permits(3);
    wait_until("the job waits", async || harness.state().await.retry_at.is_some()).await;
    let state = harness.state().await;
    assert!(!state.status.is_terminal() && state.message.starts_with("Waiting for YouTube; 3 videos to go"), "{}", state.message);
}

#[tokio::test]
async fn job_uploaded_while_the_source_is_unavailable_says_so() {
    let harness = Harness::new(Database::sqlite().await).await;
    let queued = import(&harness.db, harness.user, 2).await;
    harness.source.answers.add_permits(3);
    wait_until("the job waits", async || harness.state().await.retry_at.is_some()).await;
    let uploaded = import(&harness.db, harness.user, 4).await;
    for (job, message) in [(queued, "Waiting for YouTube; 2 videos to go"), (uploaded, "Waiting for YouTube; 4 videos to go")] {
        let state = async || harness.db.store.job(harness.user, job).await.unwrap().state;
        wait_until("the job waits", async || state().await.retry_at.is_some()).await;
        let state = state().await;
        assert_eq!((state.retry_at, state.message.as_str()), (harness.state().await.retry_at, message));
    }
    assert_eq!(harness.source.asked.available_permits(), 0, "nobody asked the source again");
}

#[tokio::test]
async fn job_fails_when_its_source_is_unavailable_for_a_day() {
    let harness = Harness::new(Database::sqlite().await).await;
    harness.source.answers.add_permits(3);
    wait_until("the job waits", async || harness.state().await.retry_at.is_some()).await;
    // A day later, of which the source was asked all the time.
    let (hour, day) = (harness.db.seconds(3_600), harness.db.seconds(86_400));
    harness.db.execute(&format!("UPDATE processing_jobs SET run_at = run_at - {hour}, waiting_since = waiting_since - {day}")).await;
    harness.db.execute(&format!("UPDATE sources SET blocked_until = blocked_until - {hour}")).await;
    harness.source.answers.add_permits(3);
    wait_until("the job ends", async || harness.state().await.status.is_terminal()).await;
    let state = harness.state().await;
    assert_eq!((state.status, state.current_video, state.error.as_deref()), (JobStatus::Failed, 0, Some("YouTube could not be reached for a day.")));
}

#[tokio::test]
async fn job_that_ends_does_not_wait_for_permits() {
    let harness = Harness::with(Database::sqlite().await, 20, 8, Some(Arc::default())).await;
    harness.wait_for_renewal().await;
    assert_eq!(harness.source.asked.available_permits(), 0, "eight at once are the initial limit");
    harness.db.store.cancel(harness.user, harness.job).await.unwrap();
    harness.wait_for_renewal().await;
    harness.source.answers.add_permits(8);
    wait_until("the job ends", async || harness.state().await.status.is_terminal()).await;
    assert_eq!((harness.state().await.status, harness.source.asked.available_permits()), (JobStatus::Cancelled, 0));
}
