//! Uploaded files: inspected, then read line by line on a blocking thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::{
    extract::{FromRequest, Multipart, Request},
    http::{StatusCode, header},
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};
use uuid::Uuid;

use crate::{
    api::upload,
    error::{AppError, AppResult},
    import::{ImportError, ImportLimits, ImportLine, Inspection, Plan, Skipped, Upload},
    state::AppState,
    uploads::UploadPermit,
};

/// Capacity of the channel from the reader to the store, in lines.
const CHANNEL_CAPACITY: usize = 256;

/// Files that contain videos.
pub(super) struct Spooled {
    pub(super) upload: Upload,
    pub(super) inspection: Inspection,
    limits: ImportLimits,
    /// Given back when the last line has been read.
    _permit: UploadPermit,
}

impl Spooled {
    /// Spools the one field `file` of a multipart body, for one list, and inspects it.
    pub(super) async fn receive_one(state: &AppState, user: Uuid, request: Request) -> AppResult<Self> {
        Self::receive(state, user, request, 1, one_file_only).await
    }

    /// Spools the fields `file` of a multipart body, and inspects them.
    pub(super) async fn receive_all(state: &AppState, user: Uuid, request: Request) -> AppResult<Self> {
        let max_files = state.settings.import_limits().entries;
        Self::receive(state, user, request, max_files, || too_many_files(max_files)).await
    }

    /// Waits for an upload permit first.
    async fn receive(state: &AppState, user: Uuid, request: Request, max_files: u32, too_many: impl Fn() -> AppError) -> AppResult<Self> {
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let permit = state.uploads.upload(user, length.unwrap_or(u64::MAX).min(state.settings.import_limits().bytes)).await?;
        let form = Multipart::from_request(request, &()).await.map_err(|_| not_multipart())?;
        let upload = upload::receive(form, &state.settings, max_files, too_many).await?;
        let limits = state.settings.import_limits();
        // Stops the reading if the client leaves.
        let stop = upload.stop_token().drop_guard();
        let reading = state.uploads.read().await?;
        let read = move || {
            // Held until the reading has ended, also if nobody waits for it any more.
            let _reading = reading;
            upload.inspect(limits).map(|inspection| Self { upload, inspection, limits, _permit: permit })
        };
        let spooled = spawn_blocking(read).await;
        stop.disarm();
        Ok(spooled.map_err(|error| AppError::internal(&error))??)
    }

    /// The file's lines, each with the number of its list. The task returns the lines that belong to none, after all others have been
    /// received; it ends on its own if the receiver is dropped.
    pub(super) fn lines(self, plan: Plan) -> (mpsc::Receiver<Result<ImportLine, ImportError>>, JoinHandle<Skipped>) {
        let (lines, receiver) = mpsc::channel(CHANNEL_CAPACITY);
        (receiver, spawn_blocking(move || self.send(&plan, &lines)))
    }

    /// Sends all lines, or at least one `Err`: to the store, a closed channel is the end of the file, and it would store a part.
    fn send(self, plan: &Plan, lines: &mpsc::Sender<Result<ImportLine, ImportError>>) -> Skipped {
        let read = || self.upload.send_lines(&self.inspection, plan, self.limits, lines);
        catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            let detail = "The file could not be read completely. Nothing was imported; upload it again.".into();
            // Fails if the receiver is gone; then nothing is stored either.
            let _ = lines.blocking_send(Err(ImportError { code: "unreadable_file", detail }));
            Skipped::default()
        })
    }
}

fn one_file_only() -> AppError {
    let detail = "Only one file at a time can go into a list. Import several files on the page “Lists”, or with POST /api/imports: each playlist in \
                  them becomes a list of its own.";
    AppError::unprocessable("one_file_only", detail)
}

fn too_many_files(max: u32) -> AppError {
    let detail = format!("These are more than {max} files. Upload them in parts, or only those with videos in them.");
    AppError::unprocessable("too_many_entries", detail)
}

fn not_multipart() -> AppError {
    let detail = "This call takes a file: send multipart/form-data with the file in the field `file`.";
    AppError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "multipart_expected", detail)
}
