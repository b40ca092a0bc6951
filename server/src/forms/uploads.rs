//! Imports: by a plain form, which redirects to the page that shows the result, and by script, which gets a fragment of a page that says what
//! an import would do, or has done.

use app::{
    fragments,
    wire::{ImportResult, ImportedList},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    response::{Html, Response},
    routing::post,
};
use uuid::Uuid;

use super::redirect::{FormUser, ReturnTo};
use crate::{
    api::{self, Path},
    auth::CurrentUser,
    error::AppResult,
    state::AppState,
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/lists/{id}/upload", post(upload_into_list))
        .route("/lists/{id}/upload/preview", post(preview_into_list))
        .route("/lists/{id}/upload/import", post(import_into_list))
        .route("/imports", post(upload_into_lists))
        .route("/imports/preview", post(preview_into_lists))
        .route("/imports/import", post(import_into_lists))
        // MAX_UPLOAD_MIB is enforced while the file is spooled.
        .layer(DefaultBodyLimit::disable())
}

async fn upload_into_list(
    State(state): State<AppState>,
    FormUser(user): FormUser,
    return_to: ReturnTo,
    Path(id): Path<Uuid>,
    request: Request,
) -> Response {
    let page = format!("/lists/{id}");
    let imported = api::import_upload(&state, &user, id, request).await;
    // Without JavaScript, progress and receipt are on the job's page.
    return_to.then(imported, |result| result.job_id.map_or_else(|| page.clone(), |job| format!("/jobs/{job}")), &page)
}

async fn preview_into_list(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>, request: Request) -> AppResult<Html<String>> {
    let list = state.store.list(user.account.id, id).await?;
    let (file, result) = api::preview_upload(&state, &user, id, request).await?;
    let lists = vec![ImportedList { list_id: Some(id), list_name: String::new(), source_name: None, result }];
    Ok(Html(fragments::import_preview(&file, lists, Some(list.name))))
}

async fn import_into_list(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>, request: Request) -> AppResult<Html<String>> {
    let result = api::import_upload(&state, &user, id, request).await?;
    Ok(Html(fragments::import_summary(vec![ImportedList { list_id: Some(id), list_name: String::new(), source_name: None, result }])))
}

async fn upload_into_lists(State(state): State<AppState>, FormUser(user): FormUser, return_to: ReturnTo, request: Request) -> Response {
    let imported = api::import_lists(&state, &user, request).await;
    // A single job has its own page; several are listed on the page of jobs. That a file was refused is said above the upload.
    let page = |result: ImportResult| {
        let jobs: Vec<Uuid> = result.jobs.iter().filter_map(|list| list.result.job_id).collect();
        let is_several = result.jobs.iter().any(|list| list.source_name.is_some());
        match jobs[..] {
            _ if is_several && result.jobs.iter().any(|list| list.result.rejected.iter().any(|line| line.is_file)) => {
                "/lists?problem=some_files_refused".to_owned()
            }
            [] => "/lists".to_owned(),
            [job] => format!("/jobs/{job}"),
            _ => "/jobs".to_owned(),
        }
    };
    return_to.then(imported, page, "/lists")
}

async fn preview_into_lists(State(state): State<AppState>, user: CurrentUser, request: Request) -> AppResult<Html<String>> {
    let (name, result) = api::preview_lists(&state, &user, request).await?;
    Ok(Html(fragments::import_preview(&name, result.jobs, None)))
}

async fn import_into_lists(State(state): State<AppState>, user: CurrentUser, request: Request) -> AppResult<Html<String>> {
    Ok(Html(fragments::import_summary(api::import_lists(&state, &user, request).await?.jobs)))
}
