//! The server's REST interface, from the browser, with the session's cookie: what pages read ([`Rest`]) and what they change.

use send_wrapper::SendWrapper;
use serde::Deserialize;
use uuid::Uuid;

use self::http::{get, get_all};
use crate::{
    backend::{Backend, Fetch},
    progress::{Outline, Timeline},
    wire::{Account, ItemFilter, Job, JobItem, List, Page, Problem, ProgressUpdate, Session, Video, VideoFilter},
};

mod change;
mod history;
mod http;
mod imports;

pub use change::{add_video, cancel, create_list, dismiss, retry, sign_in, sign_out, sign_up, ticket};
pub use history::history;
pub use imports::send_file;

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
        fetch(recent())
    }

    fn job(&self, job_id: Uuid) -> Fetch<Job> {
        fetch(async move { get(&format!("/api/jobs/{job_id}"), &[]).await })
    }

    fn retries(&self, job_id: Uuid) -> Fetch<Vec<Job>> {
        fetch(async move {
            let page: Page<Job> = get("/api/jobs", &[("retry_of", Some(job_id.to_string()))]).await?;
            Ok(page.items)
        })
    }

    fn timeline(&self, job_id: Uuid) -> Fetch<Timeline> {
        fetch(async move { Ok(Timeline::of(&history(job_id, None, None).await?)) })
    }

    fn outline(&self, job_id: Uuid) -> Fetch<Outline> {
        fetch(async move {
            let items: Vec<JobItem> = get_all(&format!("/api/jobs/{job_id}/items"), vec![("limit", Some("5000".to_owned()))]).await?;
            Ok(Outline::of(&items))
        })
    }

    fn sessions(&self) -> Fetch<Vec<Session>> {
        fetch(get_all("/api/auth/sessions", vec![]))
    }

    fn items(&self, job_id: Uuid, filter: ItemFilter) -> Fetch<Page<JobItem>> {
        fetch(async move {
            let query = [
                ("verdict", filter.verdict.map(http::word)),
                ("cause", filter.cause.map(http::word)),
                ("q", filter.q),
                ("from_line", filter.from_line.map(|line| line.to_string())),
                ("cursor", filter.cursor),
                ("limit", filter.limit.map(|limit| limit.to_string())),
            ];
            get(&format!("/api/jobs/{job_id}/items"), &query).await
        })
    }
}

/// The newest states of the jobs that belong on the dashboard.
///
/// # Errors
/// The server's problem.
pub async fn recent() -> Result<Vec<ProgressUpdate>, Problem> {
    /// The rest of a job is not read: its type would only make the page heavier.
    #[derive(Deserialize)]
    struct Recent {
        state: ProgressUpdate,
    }
    let jobs: Vec<Recent> = get_all("/api/jobs", vec![("state", Some("recent".to_owned()))]).await?;
    Ok(jobs.into_iter().map(|job| job.state).collect())
}

/// The browser has one thread; the wrapper tells that to a trait which the server shares.
fn fetch<T>(answer: impl Future<Output = Result<T, Problem>> + 'static) -> Fetch<T> {
    Box::pin(SendWrapper::new(answer))
}
