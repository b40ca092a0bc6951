//! The [`Backend`] over HTTP, for pages that are rendered in the browser.

use send_wrapper::SendWrapper;
use serde::Serialize;
use uuid::Uuid;

use super::{
    history,
    http::{get, get_all},
    recent,
};
use crate::{
    backend::{Backend, Fetch},
    progress::{ReceiptSummary, Timeline},
    wire::{Account, ItemFilter, Job, JobItem, List, Page, Problem, ProgressUpdate, Session, Video, VideoFilter},
};

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rest;

impl Backend for Rest {
    fn current_user(&self) -> Fetch<Option<Account>> {
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
                ("status", filter.status.map(wire_name)),
                ("q", filter.q.filter(|q| !q.is_empty())),
                ("sort", Some(wire_name(filter.sort))),
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
        fetch(async move { Ok(Timeline::from_history(&history(job_id, None, None).await?)) })
    }

    fn receipt_summary(&self, job_id: Uuid) -> Fetch<ReceiptSummary> {
        fetch(async move {
            let items: Vec<JobItem> = get_all(&format!("/api/jobs/{job_id}/items"), vec![("limit", Some("5000".to_owned()))]).await?;
            Ok(ReceiptSummary::from_items(&items))
        })
    }

    fn sessions(&self) -> Fetch<Vec<Session>> {
        fetch(get_all("/api/auth/sessions", vec![]))
    }

    fn items(&self, job_id: Uuid, filter: ItemFilter) -> Fetch<Page<JobItem>> {
        fetch(async move {
            let query = [
                ("verdict", filter.verdict.map(wire_name)),
                ("cause", filter.cause.map(wire_name)),
                ("q", filter.q),
                ("from_line", filter.from_line.map(|line| line.to_string())),
                ("cursor", filter.cursor),
                ("limit", filter.limit.map(|limit| limit.to_string())),
            ];
            get(&format!("/api/jobs/{job_id}/items"), &query).await
        })
    }
}

/// The trait requires `Send`, for the server; the browser has a single thread.
fn fetch<T>(answer: impl Future<Output = Result<T, Problem>> + 'static) -> Fetch<T> {
    Box::pin(SendWrapper::new(answer))
}

/// The wire name of a fieldless enum variant.
fn wire_name(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
