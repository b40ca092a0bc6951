//! Requests that change something.

use gloo_net::http::{Method, Request};
use serde::Deserialize;
use uuid::Uuid;
use web_sys::{File, FormData};

use super::http::{change, check, read, send};
use crate::wire::{Credentials, FailureCause, ListName, Problem, RetryRequest, Ticket, VideoUrl};

/// The answer sets the session cookie.
///
/// # Errors
/// 401 for a wrong address or password, 429 after too many of them.
pub(crate) async fn sign_in(credentials: Credentials) -> Result<(), Problem> {
    authenticate("/api/auth/login", &credentials).await
}

/// Creates an account and signs in.
///
/// # Errors
/// 409 if the address is taken, 422 for a weak password or an invalid address, 403 if sign-up is closed.
pub(crate) async fn sign_up(credentials: Credentials) -> Result<(), Problem> {
    authenticate("/api/auth/register", &credentials).await
}

async fn authenticate(path: &str, credentials: &Credentials) -> Result<(), Problem> {
    // The tokens in the answer are for programs; a page must not keep them.
    change(Method::POST, path, credentials).await.map(drop)
}

/// A ticket for one WebSocket.
///
/// # Errors
/// 401 if the session has ended, 429, 503.
pub(crate) async fn ticket() -> Result<Ticket, Problem> {
    read(send(Request::post("/api/ws/ticket")).await?).await
}

/// Only the id is read: the other types would make the WASM larger.
#[derive(Deserialize)]
struct Created {
    #[serde(alias = "job_id")]
    id: Uuid,
}

/// Creates a list and returns its id.
///
/// # Errors
/// 422 for an invalid name.
pub(crate) async fn create_list(name: String) -> Result<Uuid, Problem> {
    read::<Created>(change(Method::POST, "/api/lists", &ListName { name }).await?).await.map(|list| list.id)
}

/// Adds one video, which is looked up by a job.
///
/// # Errors
/// 422 if the text is not a video.
pub(crate) async fn add_video(list_id: Uuid, url: String) -> Result<(), Problem> {
    change(Method::POST, &format!("/api/lists/{list_id}/videos"), &VideoUrl { url }).await.map(drop)
}

/// Cancels a job. Its next state shows when it has stopped.
///
/// # Errors
/// 404.
pub(crate) async fn cancel(job_id: Uuid) -> Result<(), Problem> {
    post(&format!("/api/jobs/{job_id}/cancel")).await
}

/// Retries items that failed for one of `causes`, or everything that has not succeeded if there are none. Returns the new job, or the one
/// that already retries them.
///
/// # Errors
/// 409 while the job runs, 422 if there is nothing to retry.
pub(crate) async fn retry(job_id: Uuid, causes: Vec<FailureCause>) -> Result<Uuid, Problem> {
    let path = format!("/api/jobs/{job_id}/retry");
    read::<Created>(change(Method::POST, &path, &RetryRequest { causes }).await?).await.map(|job| job.id)
}

/// Removes the job's card in every tab.
///
/// # Errors
/// 409 while the job runs, 404.
pub(crate) async fn dismiss(job_id: Uuid) -> Result<(), Problem> {
    post(&format!("/api/jobs/{job_id}/dismiss")).await
}

async fn post(path: &str) -> Result<(), Problem> {
    send(Request::post(path)).await.map(drop)
}

/// A file to upload.
#[derive(Clone, Debug)]
pub(crate) struct ChosenFile {
    pub(crate) file: File,
    /// With its folders, if it was dropped in one: they tell which files belong together.
    pub(crate) path: String,
}

impl From<File> for ChosenFile {
    fn from(file: File) -> Self {
        Self { path: file.name(), file }
    }
}

/// Uploads files, each as a form field `file` with its path as its name. Returns the HTML fragment that the server answers.
///
/// # Errors
/// 413, 415 or 422 for files that cannot be read as lists of videos, with what to do about it.
pub(crate) async fn send_files(path: &str, files: &[ChosenFile]) -> Result<String, Problem> {
    // Neither can fail for files that the browser provided; one that was deleted meanwhile fails when it is sent.
    let form = FormData::new().map_err(|_| Problem::unreachable())?;
    for ChosenFile { file, path } in files {
        form.append_with_blob_and_filename("file", file, path).map_err(|_| Problem::unreachable())?;
    }
    let request = Request::post(path).body(form).map_err(|_| Problem::unreachable())?;
    let answer = check(request.send().await.map_err(|_| Problem::unreachable())?).await?;
    answer.text().await.map_err(|_| Problem::unreachable())
}
