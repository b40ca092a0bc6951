//! An uploaded file: inspected, then read line by line on a blocking thread.

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
    import::{ImportError, ImportLimits, ImportLine, Inspection, Plan, Skipped, StopFlag, Upload},
    state::AppState,
    uploads::UploadPermit,
};

/// Capacity of the channel from the reader to the store, in lines.
const CHANNEL_CAPACITY: usize = 256;

/// A file that contains videos.
pub(super) struct Spooled {
    pub(super) upload: Upload,
    pub(super) inspection: Inspection,
    limits: ImportLimits,
    /// Given back when the last line has been read.
    _permit: UploadPermit,
}

/// Stops the reading of an upload whose client has left.
struct StopOnDrop(Option<StopFlag>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(flag) = self.0.take() {
            flag.stop();
        }
    }
}

impl Spooled {
    /// Spools the field `file` of a multipart body, and inspects it, when there is a place for it.
    pub(super) async fn receive(state: &AppState, user: Uuid, request: Request) -> AppResult<Self> {
        let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let permit = state.uploads.upload(user, length.unwrap_or(u64::MAX).min(state.settings.import_limits().bytes)).await?;
        let form = Multipart::from_request(request, &()).await.map_err(|_| not_multipart())?;
        let upload = upload::receive(form, &state.settings).await?;
        let limits = state.settings.import_limits();
        let mut stop = StopOnDrop(Some(upload.stop_flag()));
        let reading = state.uploads.read().await?;
        let read = move || {
            // Held until the reading has ended, also if nobody waits for it any more.
            let _reading = reading;
            upload.inspect(limits).map(|inspection| Self { upload, inspection, limits, _permit: permit })
        };
        let spooled = spawn_blocking(read).await;
        stop.0 = None;
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

fn not_multipart() -> AppError {
    let detail = "This call takes a file: send multipart/form-data with the file in the field `file`.";
    AppError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "multipart_expected", detail)
}
