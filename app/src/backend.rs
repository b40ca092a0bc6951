//! The data source of pages: in-process on the server, HTTP in the browser. One trait, so that each page is written once.

use std::pin::Pin;

use uuid::Uuid;

use crate::{
    progress::{ReceiptSummary, Timeline},
    wire::{Account, ItemFilter, Job, JobItem, List, Page, Problem, ProgressUpdate, Session, Video, VideoFilter},
};

/// A request for data.
pub type Fetch<T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send>>;

/// Provided as the context `Arc<dyn Backend>`. Every method except [`Self::current_user`] returns a 401 problem if nobody is signed in.
pub trait Backend: Send + Sync + 'static {
    /// The account that is signed in, if any.
    fn current_user(&self) -> Fetch<Option<Account>>;
    /// The user's lists, newest first.
    fn lists(&self) -> Fetch<Vec<List>>;
    fn list(&self, list_id: Uuid) -> Fetch<List>;
    fn videos(&self, list_id: Uuid, filter: VideoFilter) -> Fetch<Page<Video>>;
    /// The user's jobs, newest first, from `cursor` on.
    fn jobs(&self, cursor: Option<String>) -> Fetch<Page<Job>>;
    /// The newest states of the jobs that belong on the dashboard: the snapshot.
    fn recent(&self) -> Fetch<Vec<ProgressUpdate>>;
    fn job(&self, job_id: Uuid) -> Fetch<Job>;
    /// The newest jobs that retry it.
    fn retries(&self, job_id: Uuid) -> Fetch<Vec<Job>>;
    /// The job's progress over time.
    fn timeline(&self, job_id: Uuid) -> Fetch<Timeline>;
    fn receipt_summary(&self, job_id: Uuid) -> Fetch<ReceiptSummary>;
    /// The user's sessions, newest first.
    fn sessions(&self) -> Fetch<Vec<Session>>;
    /// One page of the job's receipt.
    fn items(&self, job_id: Uuid, filter: ItemFilter) -> Fetch<Page<JobItem>>;
}

/// Facts about the server that pages show; provided as a context. The browser reads it from the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// The server's version.
    pub version: String,
    /// The metadata source is the emulator, which pages must say.
    pub demo: bool,
    /// Anybody may sign up.
    pub registration_open: bool,
}
