//! `/api/lists/{id}/videos`: reading, adding and deleting videos of a list.

use app::wire::{Page, Video, VideoFilter, VideoIds, VideoUrl};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{delete, get, post},
};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Json, Path, Query, announce};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    import::{self, Entry, ImportLine},
    state::AppState,
    store::{ImportTarget, NewImport},
};

/// Videos per request.
const MAX_DELETED: usize = 1000;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/lists/{id}/videos", get(list_videos).post(post_video))
        .route("/lists/{id}/videos/{video_id}", delete(delete_video))
        .route("/lists/{id}/videos/delete", post(post_delete))
}

async fn list_videos(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(id): Path<Uuid>,
    Query(filter): Query<VideoFilter>,
) -> AppResult<Json<Page<Video>>> {
    Ok(Json(state.store.videos(user.account.id, id, &filter).await?))
}

async fn post_video(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(id): Path<Uuid>,
    Json(body): Json<VideoUrl>,
) -> AppResult<(StatusCode, Json<Video>)> {
    let (is_new, video) = add_video(&state, &user, id, &body.url).await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(video)))
}

/// Imports one video. Returns `false` and the existing video if the list has it already.
///
/// # Errors
/// 422 `not_a_video`; 404, 403, 409.
pub(crate) async fn add_video(state: &AppState, user: &CurrentUser, list_id: Uuid, url: &str) -> AppResult<(bool, Video)> {
    let url = url.trim();
    let user_id = user.account.id;
    let youtube_id = import::parse_video_id(url).map_err(|reason| AppError::unprocessable("not_a_video", reason))?;
    let entry = Entry::video(youtube_id.clone());
    let line = ImportLine { list: 0, line: 1, input: url.chars().take(import::MAX_INPUT_CHARS).collect(), entry };
    let is_new = import_links(state, user, list_id, url, vec![line]).await?;
    let video = state.store.video_by_youtube_id(user_id, list_id, &youtube_id).await?.ok_or_else(deleted_meanwhile)?;
    Ok((is_new, video))
}

/// Imports lines as if they had been uploaded in a file of this name. Returns whether any video was new.
pub(super) async fn import_links(state: &AppState, user: &CurrentUser, list_id: Uuid, name: &str, lines: Vec<ImportLine>) -> AppResult<bool> {
    // Holds all lines, and is closed after the last, so that the store sees the end.
    let (sender, receiver) = mpsc::channel(lines.len().max(1));
    for line in lines {
        sender.try_send(Ok(line)).map_err(|error| AppError::internal(&error))?;
    }
    drop(sender);
    let user_id = user.account.id;
    let import = NewImport { user_id, source_name: name.chars().take(import::MAX_NAME_CHARS).collect(), into: ImportTarget::List(list_id) };
    let store = async move |state: AppState| {
        let stored = state.store.store_import(import, receiver).await?;
        let pending = stored.into_iter().find_map(|stored| stored.job);
        if let Some(pending) = &pending {
            announce::job_created(&state, user_id, pending).await;
        }
        Ok(pending.is_some())
    };
    state.run_to_completion(store).await
}

fn deleted_meanwhile() -> AppError {
    AppError::new(StatusCode::CONFLICT, "video_deleted", "The video was deleted from the list while it was being added. Add it again.")
}

/// Deletes videos from a list. Ids that are not in the list are ignored.
///
/// # Errors
/// 422 `too_many_ids`; 404, 403.
pub(crate) async fn delete_videos(state: &AppState, user: &CurrentUser, list_id: Uuid, ids: &[Uuid]) -> AppResult<()> {
    if ids.len() > MAX_DELETED {
        let detail = format!("At most {MAX_DELETED} videos can be deleted at once. Send the rest in another request.");
        return Err(AppError::unprocessable("too_many_ids", detail));
    }
    Ok(state.store.delete_videos(user.account.id, list_id, ids).await?)
}

async fn delete_video(State(state): State<AppState>, user: CurrentUser, Path((id, video_id)): Path<(Uuid, Uuid)>) -> AppResult<StatusCode> {
    delete_videos(&state, &user, id, &[video_id]).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn post_delete(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>, Json(body): Json<VideoIds>) -> AppResult<StatusCode> {
    delete_videos(&state, &user, id, &body.ids).await?;
    Ok(StatusCode::NO_CONTENT)
}
