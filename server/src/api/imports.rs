//! Uploads: a file into one list (`POST /api/lists/{id}/videos/bulk`), or into a list for each of its playlists (`POST /api/imports`).
//! Spooled and read once before anything is stored; then stored whole. With `dry_run=true` it is only counted.

mod preview;
mod spooled;

use std::time::Duration;

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
/// What the part of a file is called that belongs to no list.
const NOT_IMPORTED: &str = "Not imported";

pub(super) fn routes() -> Router<AppState> {
    // The limit of an upload is a setting, and counted while it is spooled.
    let uploads = Router::new().route("/lists/{id}/videos/bulk", post(bulk)).route("/imports", post(lists));
    uploads.layer(DefaultBodyLimit::disable())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    dry_run: bool,
}

async fn bulk(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(list_id): Path<Uuid>,
    Query(options): Query<Options>,
    request: Request,
) -> AppResult<Json<BulkResult>> {
    Ok(Json(match options.dry_run {
        true => preview_upload(&state, &user, list_id, request).await?.1,
        false => import_upload(&state, &user, list_id, request).await?,
    }))
}

async fn lists(State(state): State<AppState>, user: CurrentUser, Query(options): Query<Options>, request: Request) -> AppResult<Json<ImportResult>> {
    Ok(Json(match options.dry_run {
        true => preview_lists(&state, &user, request).await?.1,
        false => import_lists(&state, &user, request).await?,
    }))
}

/// Imports the field `file` of a multipart body into a list.
///
/// # Errors
/// 404 and 403 for the list; 400, 413 and 422 for the upload and what is in it; 503. Nothing is stored then.
pub async fn import_upload(state: &AppState, user: &CurrentUser, list_id: Uuid, request: Request) -> AppResult<BulkResult> {
    // Asked first, so that nobody uploads a large file to a list that is not theirs.
    state.store.list(user.account.id, list_id).await?;
    let file = Spooled::receive(state, request).await?;
    let (format, plan) = (file.inspection.format, file.inspection.plan_single_list());
    let (mut stored, _) = store(state, user.account.id, file, ImportTarget::List(list_id), plan).await?;
    let stored = stored.pop().ok_or_else(|| AppError::internal(&"an import into a list was answered without it"))?;
    Ok(result(stored.job.map(|pending| pending.job_id), format, stored.counts))
}

/// Imports it into a list for each playlist.
///
/// # Errors
/// As above, without those for a list.
pub async fn import_lists(state: &AppState, user: &CurrentUser, request: Request) -> AppResult<ImportResult> {
    let file = Spooled::receive(state, request).await?;
    let (format, plan) = (file.inspection.format, file.inspection.plan_lists(state.settings.import_limits())?);
    let into = ImportTarget::Playlists(plan.playlists().to_vec());
    let (stored, skipped) = store(state, user.account.id, file, into, plan).await?;
    let imported = stored.into_iter().map(|stored| ImportedList {
        list_id: Some(stored.list_id),
        list_name: stored.list_name,
        result: result(stored.job.map(|pending| pending.job_id), format, stored.counts),
    });
    Ok(ImportResult { jobs: imported.chain(not_imported(format, skipped)).collect() })
}

/// What an import of the file into the list would do, after the file's name. Nothing is stored.
///
/// # Errors
/// As for the import.
pub async fn preview_upload(state: &AppState, user: &CurrentUser, list_id: Uuid, request: Request) -> AppResult<(String, BulkResult)> {
    let list = state.store.list(user.account.id, list_id).await?;
    let file = Spooled::receive(state, request).await?;
    let source = file.upload.name.clone();
    let (format, plan) = (file.inspection.format, file.inspection.plan_single_list());
    let (mut previews, _) = preview::of(state, user.account.id, file, vec![Some(list.id)], plan).await?;
    let preview = previews.pop().unwrap_or_default();
    Ok((source, BulkResult { first_rows: preview.first_rows, ..result(None, format, preview.counts) }))
}

/// What an import into lists would do, after the file's name.
///
/// # Errors
/// As for the import.
pub async fn preview_lists(state: &AppState, user: &CurrentUser, request: Request) -> AppResult<(String, ImportResult)> {
    let file = Spooled::receive(state, request).await?;
    let source = file.upload.name.clone();
    let (format, plan) = (file.inspection.format, file.inspection.plan_lists(state.settings.import_limits())?);
    let there = state.store.lists_for_playlists(user.account.id, plan.playlists()).await?;
    let named: Vec<_> = plan.playlists().iter().zip(&there).map(|(playlist, list)| name(list.as_ref(), &playlist.name)).collect();
    let ids = there.into_iter().map(|list| list.map(|(id, _)| id)).collect();
    let (previews, skipped) = preview::of(state, user.account.id, file, ids, plan).await?;
    let lists = named.into_iter().zip(previews).map(|((list_id, list_name), preview)| ImportedList {
        list_id,
        list_name,
        result: BulkResult { first_rows: preview.first_rows, ..result(None, format, preview.counts) },
    });
    Ok((source, ImportResult { jobs: lists.chain(not_imported(format, skipped)).collect() }))
}

fn name(list: Option<&(Uuid, String)>, new: &str) -> (Option<Uuid>, String) {
    list.map_or_else(|| (None, new.to_owned()), |(id, name)| (Some(*id), name.clone()))
}

/// Stores a file whole; answers each list, and what belongs to none.
async fn store(state: &AppState, user_id: Uuid, file: Spooled, into: ImportTarget, plan: Plan) -> AppResult<(Vec<StoredImport>, Skipped)> {
    let import = NewImport { user_id, source_name: file.upload.name.clone(), into };
    // Taken before anything waits in a thread or for a connection, so that many uploads at once leave both to others.
    let _turn = state.imports.acquire().await.map_err(|error| AppError::internal(&error))?;
    let (receiver, reading) = file.lines(plan);
    let stored = with_timeout(IMPORT_TIMEOUT, state.store.store_import(import, receiver)).await?;
    for pending in stored.iter().filter_map(|stored| stored.job.as_ref()) {
        state.publisher.publish(user_id, pending);
    }
    if stored.iter().any(|stored| stored.job.is_some()) {
        announce::work_waiting(state).await;
    }
    Ok((stored, reading.await.map_err(|error| AppError::internal(&error))?))
}

fn result(job_id: Option<Uuid>, format: ImportFormat, counts: Counts) -> BulkResult {
    BulkResult {
        job_id,
        format,
        total: counts.total,
        accepted: counts.accepted,
        duplicates: counts.duplicates,
        rejected: counts.rejected,
        rejected_count: counts.rejected_count,
        first_rows: Vec::new(),
    }
}

/// The part of a file that belongs to no list is answered like a list, so that nothing is passed over in silence.
fn not_imported(format: ImportFormat, skipped: Skipped) -> Option<ImportedList> {
    let counts = Counts { total: skipped.count, rejected: skipped.rejected, rejected_count: skipped.count, ..Counts::default() };
    (skipped.count > 0).then(|| ImportedList { list_id: None, list_name: NOT_IMPORTED.into(), result: result(None, format, counts) })
}
