//! Stopping a job, trying its failures again, putting its card away.

use app::wire::FailureCause;
use axum::{Router, extract::State, response::Response, routing::post};
use uuid::Uuid;

use super::{
    back::{Back, FormUser},
    fields::Fields,
};
use crate::{
    api::{self, Path},
    error::AppResult,
    state::AppState,
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/jobs/{id}/cancel", post(cancel)).route("/jobs/{id}/retry", post(retry)).route("/jobs/{id}/dismiss", post(dismiss))
}

fn page(job_id: Uuid) -> String {
    format!("/jobs/{job_id}")
}

fn back_to(back: &Back, done: AppResult<()>, page: String) -> Response {
    match done {
        Ok(()) => back.or(page),
        Err(error) => back.with(&error, page),
    }
}

async fn cancel(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>) -> Response {
    back_to(&back, api::cancel(&state, &user, id).await, page(id))
}

async fn retry(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>, fields: Fields) -> Response {
    let causes: Vec<FailureCause> = fields.all("causes").filter_map(FailureCause::parse).collect();
    back.after(api::retry(&state, &user, id, &causes).await, |(_, job)| page(job), page(id))
}

async fn dismiss(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>) -> Response {
    back_to(&back, api::dismiss(&state, &user, id).await, page(id))
}
