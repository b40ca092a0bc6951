//! `/api/lists`: reading, creating, renaming and deleting lists.

use app::wire::{List, ListName, MAX_LIST_NAME_CHARS, Page};
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use uuid::Uuid;

use super::{Json, Path, announce, export};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    state::AppState,
    text::single_line,
};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/lists", get(list_lists).post(post_list))
        .route("/lists/{id}", get(get_list).patch(patch_list).delete(delete))
        .route("/lists/{id}/export", get(export::export))
}

/// Creates an empty list.
///
/// # Errors
/// 422 `bad_name`.
pub(crate) async fn create_list(state: &AppState, user: &CurrentUser, name: &str) -> AppResult<List> {
    Ok(state.store.create_list(user.account.id, &validate_name(name)?).await?)
}

/// Renames a list.
///
/// # Errors
/// 422 `bad_name`; 404, 403.
pub(crate) async fn rename_list(state: &AppState, user: &CurrentUser, list_id: Uuid, name: &str) -> AppResult<List> {
    Ok(state.store.rename_list(user.account.id, list_id, &validate_name(name)?).await?)
}

/// Deletes a list with its videos and jobs.
///
/// # Errors
/// 404, 403.
pub(crate) async fn delete_list(state: &AppState, user: &CurrentUser, list_id: Uuid) -> AppResult<()> {
    let user_id = user.account.id;
    let delete = async move |state: AppState| {
        let jobs = state.store.delete_list(user_id, list_id).await?;
        announce::jobs_removed(&state, user_id, jobs).await;
        Ok(())
    };
    state.run_to_completion(delete).await
}

fn validate_name(text: &str) -> AppResult<String> {
    let refuse = |detail: String| Err(AppError::unprocessable("bad_name", detail));
    let text = text.trim();
    if text.chars().count() > MAX_LIST_NAME_CHARS || text.chars().any(char::is_control) || text.is_empty() {
        return refuse(format!("Give the list a name of 1 to {MAX_LIST_NAME_CHARS} characters, on one line."));
    }
    match single_line(text, MAX_LIST_NAME_CHARS) {
        Some(name) => Ok(name),
        None => refuse("Nothing of this name can be seen. Give the list a name with letters, digits or signs.".into()),
    }
}

async fn list_lists(State(state): State<AppState>, user: CurrentUser) -> AppResult<Json<Page<List>>> {
    Ok(Json(Page { items: state.store.lists(user.account.id).await?, next_cursor: None }))
}

async fn post_list(State(state): State<AppState>, user: CurrentUser, Json(body): Json<ListName>) -> AppResult<impl IntoResponse> {
    let list = create_list(&state, &user, &body.name).await?;
    let location = HeaderValue::from_str(&format!("/api/lists/{}", list.id)).map_err(|error| AppError::internal(&error))?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(list)))
}

async fn get_list(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<Json<List>> {
    Ok(Json(state.store.list(user.account.id, id).await?))
}

async fn patch_list(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>, Json(body): Json<ListName>) -> AppResult<Json<List>> {
    Ok(Json(rename_list(&state, &user, id, &body.name).await?))
}

async fn delete(State(state): State<AppState>, user: CurrentUser, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    delete_list(&state, &user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_trimmed_or_refused() {
        assert_eq!(validate_name("  To watch ♥ ").unwrap(), "To watch ♥");
        assert_eq!(validate_name(&"é".repeat(MAX_LIST_NAME_CHARS)).unwrap().chars().count(), MAX_LIST_NAME_CHARS);
        assert_eq!(validate_name("\u{202e}gnikooC\u{202c}").unwrap(), "gnikooC");
        for blank in ["\u{200b}", "\u{200d}\u{feff}\u{2060}", "\u{3164}", "\u{202e}"] {
            let refused = validate_name(blank).unwrap_err();
            assert_eq!(
                (refused.problem().code.as_ref(), refused.problem().detail.starts_with("Nothing of this name can be seen")),
                ("bad_name", true)
            );
        }
        for bad in ["", "   ", "two\nlines", "nul\0", &"é".repeat(MAX_LIST_NAME_CHARS + 1)] {
            assert_eq!(validate_name(bad).unwrap_err().problem().code, "bad_name", "{bad:?}");
        }
    }
}
