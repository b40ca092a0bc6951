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
    state::AppState,
};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/jobs/{id}/cancel", post(cancel)).route("/jobs/{id}/retry", post(retry)).route("/jobs/{id}/dismiss", post(dismiss))
}

fn page(job_id: Uuid) -> String {
    format!("/jobs/{job_id}")
}

async fn cancel(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>) -> Response {
    back.or_problem(api::cancel(&state, &user, id).await, page(id))
}

async fn retry(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>, fields: Fields) -> Response {
    let causes: Vec<FailureCause> = fields.all("causes").filter_map(FailureCause::parse).collect();
    back.after(api::retry(&state, &user, id, &causes).await, |(_, job)| page(job), page(id))
}

async fn dismiss(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>) -> Response {
    back.or_problem(api::dismiss(&state, &user, id).await, page(id))
}
