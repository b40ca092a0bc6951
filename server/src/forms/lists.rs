//! Making, renaming, deleting a list; adding one video, taking some out.

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
    Router::new()
        .route("/lists", post(create))
        .route("/lists/sample", post(sample))
        .route("/lists/{id}/videos", post(add))
        .route("/lists/{id}/videos/delete", post(delete_videos))
        .route("/lists/{id}/rename", post(rename))
        .route("/lists/{id}/delete", post(delete))
}

fn page(list_id: Uuid) -> String {
    format!("/lists/{list_id}")
}

async fn create(State(state): State<AppState>, FormUser(user): FormUser, back: Back, fields: Fields) -> Response {
    back.after(api::create_list(&state, &user, fields.one("name")).await, |list| page(list.id), "/lists")
}

async fn sample(State(state): State<AppState>, FormUser(user): FormUser, back: Back) -> Response {
    back.after(api::import_sample(&state, &user).await, |list| page(list.id), "/lists")
}

async fn add(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>, fields: Fields) -> Response {
    back.after(api::add_video(&state, &user, id, fields.one("url")).await, |_| page(id), page(id))
}

async fn delete_videos(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>, fields: Fields) -> Response {
    let ids: Vec<Uuid> = fields.all("ids").filter_map(|id| id.parse().ok()).collect();
    back.or_problem(api::delete_videos(&state, &user, id, &ids).await, page(id))
}

async fn rename(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>, fields: Fields) -> Response {
    back.after(api::rename_list(&state, &user, id, fields.one("name")).await, |_| page(id), page(id))
}

async fn delete(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>) -> Response {
    back.after(api::delete_list(&state, &user, id).await, |()| "/lists", page(id))
}
