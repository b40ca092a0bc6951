//! How pages get their data: the server answers in this process, the browser over HTTP. One trait, so that a page is written once.

use std::pin::Pin;

use uuid::Uuid;

use crate::{
    progress::{Outline, Timeline},
    wire::{Account, ItemFilter, Job, JobItem, List, Page, Problem, ProgressUpdate, Session, Video, VideoFilter},
};

/// Data on its way.
pub type Fetch<T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send>>;

/// What pages read; the server and the browser's entry provide it as context, as `Arc<dyn Backend>`. Every method but [`Self::me`] answers a 401 problem where nobody is signed in.
pub trait Backend: Send + Sync + 'static {
    /// Who is signed in; `None` for nobody.
    fn me(&self) -> Fetch<Option<Account>>;
    /// The user's lists, newest first.
    fn lists(&self) -> Fetch<Vec<List>>;
    /// One list.
    fn list(&self, list_id: Uuid) -> Fetch<List>;
    /// One page of its videos.
    fn videos(&self, list_id: Uuid, filter: VideoFilter) -> Fetch<Page<Video>>;
    /// The user's jobs, newest first, from `cursor` on.
    fn jobs(&self, cursor: Option<String>) -> Fetch<Page<Job>>;
    /// The newest states of the jobs that belong on the dashboard: the snapshot.
    fn recent(&self) -> Fetch<Vec<ProgressUpdate>>;
    /// One job.
    fn job(&self, job_id: Uuid) -> Fetch<Job>;
    /// The newest jobs that try it again.
    fn retries(&self, job_id: Uuid) -> Fetch<Vec<Job>>;
    /// Its course.
    fn timeline(&self, job_id: Uuid) -> Fetch<Timeline>;
    /// Its receipt at a glance.
    fn outline(&self, job_id: Uuid) -> Fetch<Outline>;
    /// The user's sessions, newest first.
    fn sessions(&self) -> Fetch<Vec<Session>>;
    /// One page of its receipt.
    fn items(&self, job_id: Uuid, filter: ItemFilter) -> Fetch<Page<JobItem>>;
}

/// What the server lets pages know of itself; provided beside the backend. The browser reads it from the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// The server's version.
    pub version: String,
    /// The metadata source is the emulator: said on screen.
    pub demo: bool,
    /// Whether anybody may sign up.
    pub registration_open: bool,
}
