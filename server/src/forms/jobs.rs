//! Cancelling, retrying and dismissing jobs.

use app::wire::FailureCause;
use axum::{Router, extract::State, response::Response, routing::post};
use uuid::Uuid;

use super::{
    form::Form,
    redirect::{FormUser, ReturnTo},
};
use crate::{
    api::{self, Path},
    state::AppState,
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/jobs/{id}/cancel", post(cancel)).route("/jobs/{id}/retry", post(retry)).route("/jobs/{id}/dismiss", post(dismiss))
}

fn job_page(job_id: Uuid) -> String {
    format!("/jobs/{job_id}")
}

async fn cancel(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, Path(id): Path<Uuid>) -> Response {
    return_to.same_page(api::cancel(&state, &user, id).await, job_page(id))
}

async fn retry(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, Path(id): Path<Uuid>, form: Form) -> Response {
    let causes: Vec<FailureCause> = form.fields("causes").filter_map(FailureCause::parse).collect();
    return_to.then(api::retry(&state, &user, id, &causes).await, |(_, job)| job_page(job), job_page(id))
}

async fn dismiss(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, Path(id): Path<Uuid>) -> Response {
    return_to.same_page(api::dismiss(&state, &user, id).await, job_page(id))
}
