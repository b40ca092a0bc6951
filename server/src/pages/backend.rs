//! The data of pages, read from the store in this process.

use std::sync::Arc;

use app::{
    backend::{Backend, Fetch},
    progress::{ReceiptSummary, Timeline},
    wire::{Account, ItemFilter, Job, JobItem, List, Page, Problem, ProgressUpdate, Session, Video, VideoFilter},
};
use uuid::Uuid;

use crate::{
    auth::CurrentUser,
    error::AppError,
    store::{JobQuery, Result as StoreResult, Store},
};

/// Jobs, or lines of a receipt.
const PAGE_SIZE: u32 = 50;
/// More than a job stores.
const MAX_EVENTS: u32 = 5000;

/// The backend of one request.
pub(super) struct StoreBackend {
    user: Option<CurrentUser>,
    store: Arc<dyn Store>,
}

impl StoreBackend {
    pub(super) fn new(user: Option<CurrentUser>, store: Arc<dyn Store>) -> Self {
        Self { user, store }
    }

    /// Reads data of the signed-in user; 401 if there is none.
    fn read<T, F>(&self, read: impl FnOnce(Arc<dyn Store>, Uuid) -> F + Send + 'static) -> Fetch<T>
    where
        T: Send + 'static,
        F: Future<Output = StoreResult<T>> + Send,
    {
        let (store, user_id) = (Arc::clone(&self.store), self.user.as_ref().map(|user| user.account.id));
        Box::pin(async move {
            let user_id = user_id.ok_or_else(|| AppError::signed_out().into_problem())?;
            read(store, user_id).await.map_err(|error| AppError::from(error).into_problem())
        })
    }
}

impl Backend for StoreBackend {
    fn current_user(&self) -> Fetch<Option<Account>> {
        let account = self.user.as_ref().map(|user| user.account.clone());
        Box::pin(async move { Ok::<_, Problem>(account) })
    }

    fn lists(&self) -> Fetch<Vec<List>> {
        self.read(|store, user| async move { store.lists(user).await })
    }

    fn list(&self, list_id: Uuid) -> Fetch<List> {
        self.read(move |store, user| async move { store.list(user, list_id).await })
    }

    fn videos(&self, list_id: Uuid, filter: VideoFilter) -> Fetch<Page<Video>> {
        self.read(move |store, user| async move { store.videos(user, list_id, &filter).await })
    }

    fn jobs(&self, cursor: Option<String>) -> Fetch<Page<Job>> {
        let query = JobQuery { cursor, limit: Some(PAGE_SIZE), ..JobQuery::default() };
        self.read(move |store, user| async move { store.jobs(user, &query).await })
    }

    fn recent(&self) -> Fetch<Vec<ProgressUpdate>> {
        self.read(|store, user| async move { store.snapshot(user).await })
    }

    fn job(&self, job_id: Uuid) -> Fetch<Job> {
        self.read(move |store, user| async move { store.job(user, job_id).await })
    }

    fn retries(&self, job_id: Uuid) -> Fetch<Vec<Job>> {
        let query = JobQuery { retry_of: Some(job_id), limit: Some(PAGE_SIZE), ..JobQuery::default() };
        self.read(move |store, user| async move { Ok(store.jobs(user, &query).await?.items) })
    }

    fn timeline(&self, job_id: Uuid) -> Fetch<Timeline> {
        self.read(move |store, user| async move { Ok(Timeline::from_history(&store.history(user, job_id, None, None, MAX_EVENTS).await?)) })
    }

    fn receipt_summary(&self, job_id: Uuid) -> Fetch<ReceiptSummary> {
        self.read(move |store, user| async move { store.receipt_summary(user, job_id).await })
    }

    fn sessions(&self) -> Fetch<Vec<Session>> {
        let current = self.user.as_ref().map(|user| user.session_id);
        self.read(move |store, user| async move {
            let mut sessions = store.sessions(user).await?;
            for session in &mut sessions {
                session.current = current == Some(session.id);
            }
            Ok(sessions)
        })
    }

    fn items(&self, job_id: Uuid, filter: ItemFilter) -> Fetch<Page<JobItem>> {
        let filter = ItemFilter { limit: filter.limit.or(Some(PAGE_SIZE)), ..filter };
        self.read(move |store, user| async move { store.items(user, job_id, &filter).await })
    }
}
