//! `/api/jobs`: reading, cancelling, retrying and dismissing jobs.

use app::wire::{FailureCause, ItemFilter, Job, JobFilter, JobItem, Page, RetryRequest};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Json, Path, Query, announce, extract::JsonOrDefault, history, receipt};
use crate::{
    auth::CurrentUser,
    error::AppResult,
    state::AppState,
    store::{JobQuery, Retry},
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/jobs", get(list_jobs))
        .route("/jobs/{id}", get(get_job))
        .route("/jobs/{id}/progress-history", get(history::history))
        .route("/jobs/{id}/items", get(list_items))
        .route("/jobs/{id}/receipt.csv", get(receipt::receipt))
        .route("/jobs/{id}/cancel", post(post_cancel))
        .route("/jobs/{id}/retry", post(post_retry))
        .route("/jobs/{id}/dismiss", post(post_dismiss))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct JobsQuery {
    state: JobFilter,
    list_id: Option<Uuid>,
    retry_of: Option<Uuid>,
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn list_jobs(State(state): State<AppState>, user: CurrentUser, Query(query): Query<JobsQuery>) -> AppResult<Json<Page<Job>>> {
    let JobsQuery { state: filter, list_id, retry_of, cursor, limit } = query;
    let query = JobQuery { filter, list_id, retry_of, cursor, limit };
    Ok(Json(state.store.jobs(user.account.id, &query).await?))
}

async fn get_job(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<Json<Job>> {
    Ok(Json(state.store.job(user.account.id, id).await?))
}

async fn list_items(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(id): Path<Uuid>,
    Query(filter): Query<ItemFilter>,
) -> AppResult<Json<Page<JobItem>>> {
    Ok(Json(state.store.items(user.account.id, id, &filter).await?))
}

/// Requests that a job stops. Idempotent; has no effect on a job that has ended.
///
/// # Errors
/// 404, 403.
pub(crate) async fn cancel(state: &AppState, user: &CurrentUser, job_id: Uuid) -> AppResult<()> {
    let user_id = user.account.id;
    let cancel = async move |state: AppState| {
        if let Some(ended) = state.store.cancel(user_id, job_id).await? {
            state.publisher.publish(user_id, &ended);
        }
        Ok(())
    };
    state.run_to_completion(cancel).await
}

/// Creates a job over the videos that have not succeeded. Returns `true` and the new job, or `false` and the retry that is active already.
///
/// # Errors
/// 409 while the job is active, 422 if there is nothing to retry; 404, 403.
pub(crate) async fn retry(state: &AppState, user: &CurrentUser, job_id: Uuid, causes: &[FailureCause]) -> AppResult<(bool, Uuid)> {
    let (user_id, causes) = (user.account.id, causes.to_vec());
    let retry = async move |state: AppState| match state.store.retry(user_id, job_id, &causes).await? {
        Retry::Created(pending) => {
            announce::job_created(&state, user_id, &pending).await;
            Ok((true, pending.job_id))
        }
        Retry::Active(active) => Ok((false, active)),
    };
    state.run_to_completion(retry).await
}

/// Removes a job's card in all tabs.
///
/// # Errors
/// 409 while the job is active; 404, 403.
pub(crate) async fn dismiss(state: &AppState, user: &CurrentUser, job_id: Uuid) -> AppResult<()> {
    let user_id = user.account.id;
    let dismiss = async move |state: AppState| {
        state.store.dismiss(user_id, job_id).await?;
        announce::job_dismissed(&state, user_id, job_id).await;
        Ok(())
    };
    state.run_to_completion(dismiss).await
}

#[derive(Serialize)]
struct RetryResponse {
    job_id: Uuid,
}

async fn post_cancel(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    cancel(&state, &user, id).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn post_retry(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(id): Path<Uuid>,
    JsonOrDefault(body): JsonOrDefault<RetryRequest>,
) -> AppResult<(StatusCode, Json<RetryResponse>)> {
    let (is_new, job_id) = retry(&state, &user, id, &body.causes).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(RetryResponse { job_id })))
}

async fn post_dismiss(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    dismiss(&state, &user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
