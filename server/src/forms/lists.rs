//! Making, renaming, deleting a list, and uploading into it.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    response::Response,
    routing::post,
};
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
    Router::new()
        .route("/lists", post(create))
        .route("/lists/{id}/upload", post(upload).layer(DefaultBodyLimit::disable()))
        .route("/lists/{id}/rename", post(rename))
        .route("/lists/{id}/delete", post(delete))
}

fn page(list_id: Uuid) -> String {
    format!("/lists/{list_id}")
}

async fn create(State(state): State<AppState>, FormUser(user): FormUser, back: Back, fields: Fields) -> Response {
    back.after(api::create_list(&state, &user, fields.one("name")).await, |list| page(list.id), "/lists")
}

async fn upload(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>, request: Request) -> Response {
    let imported = api::import_upload(&state, &user, id, request).await;
    // Without JavaScript, the job's page is where progress and the receipt are seen.
    back.after(imported, |result| result.job_id.map_or_else(|| page(id), |job| format!("/jobs/{job}")), page(id))
}

async fn rename(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>, fields: Fields) -> Response {
    back.after(api::rename_list(&state, &user, id, fields.one("name")).await, |_| page(id), page(id))
}

async fn delete(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>) -> Response {
    back.after(api::delete_list(&state, &user, id).await, |()| "/lists", page(id))
}
