//! `POST /api/lists/{id}/videos/bulk`: a file into a list. Spooled and read once before anything is stored; then stored whole.

use std::{
    fs::File,
    io::Seek,
    panic::{AssertUnwindSafe, catch_unwind},
};

use app::wire::BulkResult;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State},
    http::StatusCode,
    routing::post,
};
use serde::Deserialize;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Json, Path, Query, announce, upload};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    import::{self, ImportError, ImportLimits, ImportLine, Inspection},
    state::AppState,
    store::NewImport,
};

/// Lines read ahead of the database.
const LINES_AHEAD: usize = 256;

pub(super) fn routes() -> Router<AppState> {
    // The limit of an upload is a setting, and counted while it is spooled.
    Router::new().route("/lists/{id}/videos/bulk", post(bulk).layer(DefaultBodyLimit::disable()))
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
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
    if options.dry_run {
        let detail = "This Playmarks cannot preview an import. Upload without dry_run; the answer and the receipt say what became of every line.";
        return Err(AppError::unprocessable("dry_run_not_available", detail));
    }
    Ok(Json(import_upload(&state, &user, list_id, request).await?))
}

/// Imports the field `file` of a multipart body into a list.
///
/// # Errors
/// 404 and 403 for the list; 400, 413 and 422 for the upload and what is in it; 503. Nothing is stored then.
pub async fn import_upload(state: &AppState, user: &CurrentUser, list_id: Uuid, request: Request) -> AppResult<BulkResult> {
    // Asked first, so that nobody uploads a large file to a list that is not theirs.
    state.store.list(user.account.id, list_id).await?;
    let form = Multipart::from_request(request, &()).await.map_err(|_| not_multipart())?;
    let upload = upload::receive(form, &state.settings).await?;
    store_file(state, user.account.id, list_id, upload).await
}

fn not_multipart() -> AppError {
    let detail = "This call takes a file: send multipart/form-data with the file in the field `file`.";
    AppError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "multipart_expected", detail)
}

async fn store_file(state: &AppState, user_id: Uuid, list_id: Uuid, upload: upload::Upload) -> AppResult<BulkResult> {
    let limits = state.settings.import_limits();
    let (file, inspection) =
        tokio::task::spawn_blocking(move || inspect(upload.file, limits)).await.map_err(|error| AppError::internal(&error))??;
    let import = NewImport { user_id, list_id, source_name: upload.name, format: inspection.format };
    // Taken before anything waits in a thread or for a connection, so that many uploads at once leave both to others.
    let _turn = state.imports.acquire().await.map_err(|error| AppError::internal(&error))?;
    let (lines, receiver) = mpsc::channel(LINES_AHEAD);
    // Ends by itself when the store stops receiving.
    tokio::task::spawn_blocking(move || read_lines(file, &inspection, limits, &lines));
    let format = import.format;
    let stored = state.store.store_import(import, receiver).await?;
    if let Some(pending) = &stored.job {
        announce::job_stored(state, user_id, pending).await;
    }
    Ok(BulkResult {
        job_id: stored.job.map(|pending| pending.job_id),
        format,
        total: stored.total,
        accepted: stored.accepted,
        duplicates: stored.duplicates,
        rejected: stored.rejected,
        rejected_count: stored.rejected_count,
        first_rows: Vec::new(),
    })
}

fn inspect(mut file: File, limits: ImportLimits) -> AppResult<(File, Inspection)> {
    file.rewind().map_err(|error| AppError::internal(&error))?;
    let inspection = import::inspect(&file, limits)?;
    Ok((file, inspection))
}

/// Sends every line, or at least one `Err`: a closed channel means "that was all" to the store, which would then keep a part.
fn read_lines(mut file: File, inspection: &Inspection, limits: ImportLimits, lines: &mpsc::Sender<Result<ImportLine, ImportError>>) {
    let read = file.rewind().is_ok() && catch_unwind(AssertUnwindSafe(|| import::send_lines(&file, inspection, limits, lines))).is_ok();
    if !read {
        let detail = "The file could not be read to its end. Nothing was imported; upload it again.".into();
        // Nobody receives any more: then nothing is stored either.
        let _ = lines.blocking_send(Err(ImportError { code: "unreadable_file", detail }));
    }
}
