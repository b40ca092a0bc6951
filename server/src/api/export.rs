//! `GET /api/lists/{id}/export`: a whole list as a file, streamed page by page.

use std::{error::Error, future, sync::Arc};

use app::wire::{Page, Video, VideoFilter};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde::Deserialize;
use uuid::Uuid;

use super::{Path, Query};
use crate::{
    auth::CurrentUser,
    error::{AppError, AppResult},
    export::{ExportFormat, attachment},
    state::AppState,
    store::{READ_TIMEOUT, Store, with_timeout},
};

/// Videos fetched at once: what the server holds of a list.
const VIDEOS_AT_ONCE: u32 = 500;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ExportQuery {
    format: ExportFormat,
}

/// Where the stream is.
struct Reading {
    store: Arc<dyn Store>,
    user_id: Uuid,
    list_id: Uuid,
    filter: VideoFilter,
}

impl Reading {
    /// The next page; the one after it is asked for by the next call.
    async fn page(&mut self) -> AppResult<Vec<Video>> {
        let Page { items, next_cursor } = with_timeout(READ_TIMEOUT, self.store.videos(self.user_id, self.list_id, &self.filter)).await?;
        self.filter.cursor = next_cursor;
        Ok(items)
    }
}

pub(super) async fn export(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(list_id): Path<Uuid>,
    Query(ExportQuery { format }): Query<ExportQuery>,
) -> AppResult<Response> {
    let list = state.store.list(user.account.id, list_id).await?;
    let filter = VideoFilter { limit: Some(VIDEOS_AT_ONCE), ..VideoFilter::default() };
    let mut reading = Reading { store: state.store, user_id: user.account.id, list_id, filter };
    // Read before the answer begins, so that its errors are answers; a later one can only break the stream off, which the client sees,
    // because the end of the body never comes.
    let first = reading.page().await?;
    let begin = format.begin(&list, &first).map_err(|error| AppError::internal(&error))?;
    let more = stream::try_unfold(reading, move |mut reading| async move {
        if reading.filter.cursor.is_none() {
            return Ok::<_, Box<dyn Error + Send + Sync>>(None);
        }
        let videos = reading.page().await.map_err(|error| error.problem().detail.clone())?;
        Ok(Some((Bytes::from(format.more(&videos)?), reading)))
    });
    let end = |bytes: Bytes| stream::once(future::ready(Ok(bytes)));
    let body = Body::from_stream(end(begin.into()).chain(more).chain(end(format.end().into())));
    let name = attachment(&list.name, format.extension()).map_err(|error| AppError::internal(&error))?;
    let kind = HeaderValue::from_static(format.content_type());
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response())
}
