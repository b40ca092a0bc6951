//! The server's REST interface, from the browser, with the session's cookie: what pages read ([`Rest`]) and what they change.

use send_wrapper::SendWrapper;
use uuid::Uuid;

use self::http::{get, get_all};
use crate::{
    backend::{Backend, Fetch},
    wire::{Account, FailureCause, Job, JobItem, List, Page, Problem, ProgressUpdate, Verdict, Video, VideoFilter},
};

mod change;
mod history;
mod http;

pub use change::{
    add_video, cancel, create_list, delete_list, delete_videos, dismiss, rename_list, retry, sign_in, sign_out, sign_up, ticket, upload,
};
pub use history::history;

/// The [`Backend`] over HTTP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rest;

impl Backend for Rest {
    fn me(&self) -> Fetch<Option<Account>> {
        fetch(async {
            match get("/api/auth/me", &[]).await {
                Err(problem) if problem.is_signed_out() => Ok(None),
                answer => answer.map(Some),
            }
        })
    }

    fn lists(&self) -> Fetch<Vec<List>> {
        fetch(get_all("/api/lists", vec![]))
    }

    fn list(&self, list_id: Uuid) -> Fetch<List> {
        fetch(async move { get(&format!("/api/lists/{list_id}"), &[]).await })
    }

    fn videos(&self, list_id: Uuid, filter: VideoFilter) -> Fetch<Page<Video>> {
        fetch(async move {
            let query = [
                ("cursor", filter.cursor),
                ("limit", filter.limit.map(|limit| limit.to_string())),
                ("status", filter.status.map(http::word)),
                ("q", filter.q.filter(|q| !q.is_empty())),
                ("sort", Some(http::word(filter.sort))),
            ];
            get(&format!("/api/lists/{list_id}/videos"), &query).await
        })
    }

    fn jobs(&self, cursor: Option<String>) -> Fetch<Page<Job>> {
        fetch(async move { get("/api/jobs", &[("cursor", cursor)]).await })
    }

    fn recent(&self) -> Fetch<Vec<ProgressUpdate>> {
        fetch(async {
            let jobs: Vec<Job> = get_all("/api/jobs", vec![("state", Some("recent".to_owned()))]).await?;
            Ok(jobs.into_iter().map(|job| job.state).collect())
        })
    }

    fn job(&self, job_id: Uuid) -> Fetch<Job> {
        fetch(async move { get(&format!("/api/jobs/{job_id}"), &[]).await })
    }

    fn items(&self, job_id: Uuid, verdict: Option<Verdict>, cause: Option<FailureCause>, cursor: Option<String>) -> Fetch<Page<JobItem>> {
        fetch(async move {
            let query = [("verdict", verdict.map(http::word)), ("cause", cause.map(http::word)), ("cursor", cursor)];
            get(&format!("/api/jobs/{job_id}/items"), &query).await
        })
    }
}

/// The browser has one thread; the wrapper tells that to a trait which the server shares.
fn fetch<T>(answer: impl Future<Output = Result<T, Problem>> + 'static) -> Fetch<T> {
    Box::pin(SendWrapper::new(answer))
}
