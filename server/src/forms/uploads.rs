//! Files into lists: by a plain form, which leads to where the result is seen, and by script, which is answered with the part of a page
//! that says what would become of the file, or what has.

use app::{fragments, wire::ImportedList};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    response::{Html, Response},
    routing::post,
};
use uuid::Uuid;

use super::back::{Back, FormUser};
use crate::{
    api::{self, Path},
    auth::CurrentUser,
    error::AppResult,
    state::AppState,
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/lists/{id}/upload", post(upload))
        .route("/lists/{id}/upload/preview", post(preview_upload))
        .route("/lists/{id}/upload/import", post(import_upload))
        .route("/imports", post(lists))
        .route("/imports/preview", post(preview_lists))
        .route("/imports/import", post(import_lists))
        // The limit of an upload is a setting, and counted while it is spooled.
        .layer(DefaultBodyLimit::disable())
}

async fn upload(State(state): State<AppState>, FormUser(user): FormUser, back: Back, Path(id): Path<Uuid>, request: Request) -> Response {
    let page = format!("/lists/{id}");
    let imported = api::import_upload(&state, &user, id, request).await;
    // Without JavaScript, the job's page is where progress and the receipt are seen.
    back.after(imported, |result| result.job_id.map_or_else(|| page.clone(), |job| format!("/jobs/{job}")), &page)
}

async fn preview_upload(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>, request: Request) -> AppResult<Html<String>> {
    let list = state.store.list(user.account.id, id).await?;
    let (file, result) = api::preview_upload(&state, &user, id, request).await?;
    let lists = vec![ImportedList { list_id: Some(id), list_name: String::new(), result }];
    Ok(Html(fragments::import_preview(&file, lists, Some(list.name))))
}

async fn import_upload(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>, request: Request) -> AppResult<Html<String>> {
    let result = api::import_upload(&state, &user, id, request).await?;
    Ok(Html(fragments::import_summary(vec![ImportedList { list_id: Some(id), list_name: String::new(), result }])))
}

async fn lists(State(state): State<AppState>, FormUser(user): FormUser, back: Back, request: Request) -> Response {
    let imported = api::import_lists(&state, &user, request).await;
    // One job has its page; several are seen side by side.
    let page = |jobs: Vec<Uuid>| match jobs[..] {
        [] => "/lists".to_owned(),
        [job] => format!("/jobs/{job}"),
        _ => "/jobs".to_owned(),
    };
    back.after(imported, |result| page(result.jobs.iter().filter_map(|list| list.result.job_id).collect()), "/lists")
}

async fn preview_lists(State(state): State<AppState>, user: CurrentUser, request: Request) -> AppResult<Html<String>> {
    let (file, result) = api::preview_lists(&state, &user, request).await?;
    Ok(Html(fragments::import_preview(&file, result.jobs, None)))
}

async fn import_lists(State(state): State<AppState>, user: CurrentUser, request: Request) -> AppResult<Html<String>> {
    Ok(Html(fragments::import_summary(api::import_lists(&state, &user, request).await?.jobs)))
}
