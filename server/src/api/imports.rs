//! Imports of a file into one list (`POST /api/lists/{id}/videos/bulk`), or of any number of files into one list per playlist (`POST
//! /api/imports`). The files are spooled and read once before anything is stored, and then stored as a whole. With `dry_run=true` nothing is
//! stored.

mod preview;
mod spooled;

use std::{sync::Arc, time::Duration};

use app::wire::{BulkResult, ImportFormat, ImportResult, ImportedList};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    routing::post,
};
use serde::Deserialize;
use uuid::Uuid;

use self::spooled::Spooled;
use super::{Json, Path, Query, announce};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    import::{Counts, Plan, Skipped},
    state::AppState,
    store::{ImportTarget, NewImport, StoredImport, with_timeout},
};

/// How long storing a file may take: ten times what 200 000 lines need on two cores.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(150);
/// The name under which skipped lines are reported.
const NOT_IMPORTED: &str = "Not imported";

pub(super) fn routes() -> Router<AppState> {
    // MAX_UPLOAD_MIB is enforced while the file is spooled.
    let uploads = Router::new().route("/lists/{id}/videos/bulk", post(import_into_list)).route("/imports", post(import_into_lists));
    uploads.layer(DefaultBodyLimit::disable())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ImportQuery {
    dry_run: bool,
}

async fn import_into_list(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(list_id): Path<Uuid>,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> AppResult<Json<BulkResult>> {
    Ok(Json(match query.dry_run {
        true => preview_upload(&state, &user, list_id, request).await?.1,
        false => import_upload(&state, &user, list_id, request).await?,
    }))
}

/// The query of `POST /api/imports`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ListsQuery {
    dry_run: bool,
    /// With `dry_run`: what importing one file into a list of this name would do that does not exist yet.
    new_list: Option<String>,
}

async fn import_into_lists(
    State(state): State<AppState>,
    user: CurrentUser,
    Query(query): Query<ListsQuery>,
    request: Request,
) -> AppResult<Json<ImportResult>> {
    Ok(Json(match query {
        ListsQuery { dry_run: true, new_list: None } => preview_lists(&state, &user, request).await?.1,
        ListsQuery { dry_run: true, new_list: Some(name) } => preview_new_list(&state, &user, name, request).await?,
        ListsQuery { dry_run: false, new_list: None } => import_lists(&state, &user, request).await?,
        ListsQuery { dry_run: false, new_list: Some(_) } => {
            let detail = "`new_list` only previews, with `dry_run=true`. Create the list, and upload the file to it.";
            return Err(AppError::unprocessable("dry_run_only", detail));
        }
    }))
}

/// Imports the field `file` of a multipart body into a list.
///
/// # Errors
/// 404 and 403 for the list; 400, 413 and 422 for the upload and its content. Nothing is stored on errors.
pub(crate) async fn import_upload(state: &AppState, user: &CurrentUser, list_id: Uuid, request: Request) -> AppResult<BulkResult> {
    // Before the upload, so that nobody uploads a large file to a list that is not theirs.
    state.store.list(user.account.id, list_id).await?;
    let file = Spooled::receive_one(state, user.account.id, request).await?;
    let (format, plan) = (file.inspection.format, file.inspection.plan_single_list());
    let (mut stored, _) = store_file(state, user.account.id, file, ImportTarget::List(list_id), plan).await?;
    let stored = stored.pop().ok_or_else(|| AppError::internal(&"the store returned no list for an import into a list"))?;
    Ok(bulk_result(stored.job.map(|pending| pending.job_id), format, stored.counts))
}

/// Imports the fields `file` of a multipart body into one list per playlist.
///
/// # Errors
/// As [`import_upload`], without those for the list.
pub(crate) async fn import_lists(state: &AppState, user: &CurrentUser, request: Request) -> AppResult<ImportResult> {
    let files = Spooled::receive_all(state, user.account.id, request).await?;
    let (format, plan) = (files.inspection.format, files.inspection.plan_lists(state.settings.import_limits())?);
    let playlists = plan.playlists().to_vec();
    let (stored, skipped) = store_file(state, user.account.id, files, ImportTarget::Playlists(playlists.clone()), plan).await?;
    let lists = playlists.into_iter().zip(stored).map(|(playlist, stored)| ImportedList {
        list_id: Some(stored.list_id),
        list_name: stored.list_name,
        source_name: playlist.source_name,
        result: bulk_result(stored.job.map(|pending| pending.job_id), playlist.format, stored.counts),
    });
    Ok(ImportResult { jobs: lists.chain(skipped_lines(format, skipped)).collect() })
}

/// Returns the file's name, and what importing it into the list would do.
///
/// # Errors
/// As [`import_upload`].
pub(crate) async fn preview_upload(state: &AppState, user: &CurrentUser, list_id: Uuid, request: Request) -> AppResult<(String, BulkResult)> {
    let list = state.store.list(user.account.id, list_id).await?;
    let file = Spooled::receive_one(state, user.account.id, request).await?;
    let file_name = file.upload.name();
    let (format, plan) = (file.inspection.format, file.inspection.plan_single_list());
    let (mut previews, _) = preview::preview(state, user.account.id, file, vec![Some(list.id)], plan).await?;
    let preview = previews.pop().unwrap_or_default();
    Ok((file_name, BulkResult { first_rows: preview.first_rows, ..bulk_result(None, format, preview.counts) }))
}

/// Returns the file's name, or how many files there are, and what importing them into lists would do.
///
/// # Errors
/// As [`import_lists`].
pub(crate) async fn preview_lists(state: &AppState, user: &CurrentUser, request: Request) -> AppResult<(String, ImportResult)> {
    let files = Spooled::receive_all(state, user.account.id, request).await?;
    let name = files.upload.name();
    let (format, plan) = (files.inspection.format, files.inspection.plan_lists(state.settings.import_limits())?);
    let playlists = plan.playlists().to_vec();
    let existing = state.store.lists_for_playlists(user.account.id, &playlists).await?;
    let targets: Vec<_> = playlists.iter().zip(&existing).map(|(playlist, list)| target_list(list.as_ref(), &playlist.name)).collect();
    let ids = existing.into_iter().map(|list| list.map(|(id, _)| id)).collect();
    let (previews, skipped) = preview::preview(state, user.account.id, files, ids, plan).await?;
    let lists = playlists.into_iter().zip(targets).zip(previews).map(|((playlist, (list_id, list_name)), preview)| ImportedList {
        list_id,
        list_name,
        source_name: playlist.source_name,
        result: BulkResult { first_rows: preview.first_rows, ..bulk_result(None, playlist.format, preview.counts) },
    });
    Ok((name, ImportResult { jobs: lists.chain(skipped_lines(format, skipped)).collect() }))
}

/// What importing one file into a new list would do.
async fn preview_new_list(state: &AppState, user: &CurrentUser, list_name: String, request: Request) -> AppResult<ImportResult> {
    let file = Spooled::receive_one(state, user.account.id, request).await?;
    let (format, plan) = (file.inspection.format, file.inspection.plan_single_list());
    let (mut previews, _) = preview::preview(state, user.account.id, file, vec![None], plan).await?;
    let preview = previews.pop().unwrap_or_default();
    let result = BulkResult { first_rows: preview.first_rows, ..bulk_result(None, format, preview.counts) };
    Ok(ImportResult { jobs: vec![ImportedList { list_id: None, list_name, source_name: None, result }] })
}

fn target_list(list: Option<&(Uuid, String)>, new: &str) -> (Option<Uuid>, String) {
    list.map_or_else(|| (None, new.to_owned()), |(id, name)| (Some(*id), name.clone()))
}

/// Stores all lines of the files. Returns the result for each list, and the lines that belong to none.
async fn store_file(state: &AppState, user_id: Uuid, file: Spooled, into: ImportTarget, plan: Plan) -> AppResult<(Vec<StoredImport>, Skipped)> {
    let import = NewImport { user_id, source_name: file.upload.name(), into };
    // Before the import occupies a thread and a connection, so that concurrent uploads leave some for other requests.
    let permit = Arc::clone(&state.imports).acquire_owned().await.map_err(|error| AppError::internal(&error))?;
    let store = async move |state: AppState| {
        let _permit = permit;
        let (receiver, reader) = file.lines(plan);
        let stored = with_timeout(IMPORT_TIMEOUT, state.store.store_import(import, receiver)).await?;
        for pending in stored.iter().filter_map(|stored| stored.job.as_ref()) {
            state.publisher.publish(user_id, pending);
        }
        if stored.iter().any(|stored| stored.job.is_some()) {
            announce::work_waiting(&state).await;
        }
        Ok((stored, reader.await.map_err(|error| AppError::internal(&error))?))
    };
    state.run_to_completion(store).await
}

fn bulk_result(job_id: Option<Uuid>, format: ImportFormat, counts: Counts) -> BulkResult {
    BulkResult {
        job_id,
        format,
        total: counts.total,
        accepted: counts.accepted,
        invalid: counts.invalid,
        duplicates: counts.duplicates,
        rejected: counts.rejected,
        rejected_count: counts.rejected_count,
        first_rows: Vec::new(),
    }
}

/// Skipped lines are reported like a list, so that no line is dropped silently.
fn skipped_lines(format: ImportFormat, skipped: Skipped) -> Option<ImportedList> {
    let counts = Counts { total: skipped.count, rejected: skipped.rejected, rejected_count: skipped.count, ..Counts::default() };
    let result = bulk_result(None, format, counts);
    (skipped.count > 0).then(|| ImportedList { list_id: None, list_name: NOT_IMPORTED.into(), source_name: None, result })
}
