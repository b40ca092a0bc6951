//! Creating, renaming and deleting lists; adding and deleting videos.

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
    Router::new()
        .route("/lists", post(create_list))
        .route("/lists/sample", post(import_sample))
        .route("/lists/{id}/videos", post(add_video))
        .route("/lists/{id}/videos/delete", post(delete_videos))
        .route("/lists/{id}/rename", post(rename_list))
        .route("/lists/{id}/delete", post(delete_list))
}

fn list_page(list_id: Uuid) -> String {
    format!("/lists/{list_id}")
}

async fn create_list(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, form: Form) -> Response {
    return_to.then(api::create_list(&state, &user, form.field("name")).await, |list| list_page(list.id), "/lists")
}

async fn import_sample(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo) -> Response {
    return_to.then(api::import_sample(&state, &user).await, |list| list_page(list.id), "/lists")
}

async fn add_video(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, Path(id): Path<Uuid>, form: Form) -> Response {
    return_to.then(api::add_video(&state, &user, id, form.field("url")).await, |_| list_page(id), list_page(id))
}

async fn delete_videos(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, Path(id): Path<Uuid>, form: Form) -> Response {
    let ids: Vec<Uuid> = form.fields("ids").filter_map(|id| id.parse().ok()).collect();
    return_to.same_page(api::delete_videos(&state, &user, id, &ids).await, list_page(id))
}

async fn rename_list(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, Path(id): Path<Uuid>, form: Form) -> Response {
    return_to.then(api::rename_list(&state, &user, id, form.field("name")).await, |_| list_page(id), list_page(id))
}

async fn delete_list(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, Path(id): Path<Uuid>) -> Response {
    return_to.then(api::delete_list(&state, &user, id).await, |()| "/lists", list_page(id))
}
