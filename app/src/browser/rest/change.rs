//! What pages change.

use gloo_net::http::{Method, Request};
use serde::Deserialize;
use uuid::Uuid;

use super::http::{change, read, send};
use crate::wire::{Credentials, FailureCause, ListName, Problem, RetryRequest, Ticket, VideoUrl};

/// Signs in; the answer's cookie is the session.
///
/// # Errors
/// 401 for a wrong address or password, 429 after too many of them.
pub(crate) async fn sign_in(credentials: Credentials) -> Result<(), Problem> {
    authenticate("/api/auth/login", &credentials).await
}

/// Makes an account and signs in.
///
/// # Errors
/// 409 for an address that is taken, 422 for a weak password or a bad address, 403 where nobody may sign up.
pub(crate) async fn sign_up(credentials: Credentials) -> Result<(), Problem> {
    authenticate("/api/auth/register", &credentials).await
}

async fn authenticate(path: &str, credentials: &Credentials) -> Result<(), Problem> {
    // What the answer says is for programs; a page must not keep its tokens.
    change(Method::POST, path, credentials).await.map(drop)
}

/// A ticket for one socket.
///
/// # Errors
/// 401 where the session has ended, 429, 503.
pub(crate) async fn ticket() -> Result<Ticket, Problem> {
    read(send(Request::post("/api/ws/ticket")).await?).await
}

/// What a request made; the rest of the answer is for programs, and its types would only make the page heavier.
#[derive(Deserialize)]
struct Made {
    #[serde(alias = "job_id")]
    id: Uuid,
}

/// Makes a list; answers which.
///
/// # Errors
/// 422 for a bad name.
pub(crate) async fn create_list(name: String) -> Result<Uuid, Problem> {
    read::<Made>(change(Method::POST, "/api/lists", &ListName { name }).await?).await.map(|list| list.id)
}

/// Adds one video, looked up like an import of one.
///
/// # Errors
/// 422 where the text is not a video.
pub(crate) async fn add_video(list_id: Uuid, url: String) -> Result<(), Problem> {
    change(Method::POST, &format!("/api/lists/{list_id}/videos"), &VideoUrl { url }).await.map(drop)
}

/// Asks a job to stop; its next state says when it has.
///
/// # Errors
/// 404.
pub(crate) async fn cancel(job_id: Uuid) -> Result<(), Problem> {
    post(&format!("/api/jobs/{job_id}/cancel")).await
}

/// Tries again what has not succeeded: failures of `causes`, everything where there is none. Answers the new job, or the one that does so
/// already.
///
/// # Errors
/// 409 while the job runs, 422 where there is nothing to try again.
pub(crate) async fn retry(job_id: Uuid, causes: Vec<FailureCause>) -> Result<Uuid, Problem> {
    let path = format!("/api/jobs/{job_id}/retry");
    read::<Made>(change(Method::POST, &path, &RetryRequest { causes }).await?).await.map(|job| job.id)
}

/// Puts the job's card away in every tab.
///
/// # Errors
/// 409 while the job runs, 404.
pub(crate) async fn dismiss(job_id: Uuid) -> Result<(), Problem> {
    post(&format!("/api/jobs/{job_id}/dismiss")).await
}

async fn post(path: &str) -> Result<(), Problem> {
    send(Request::post(path)).await.map(drop)
}
