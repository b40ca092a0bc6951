//! `GET /api/lists/{id}/export`: a list as a file, streamed page by page.

use std::sync::Arc;

use app::wire::VideoFilter;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{Path, Query, download::Download};
use crate::{
    auth::CurrentUser,
    error::AppResult,
    export::{ExportFormat, content_disposition},
    state::AppState,
    store::{READ_TIMEOUT, with_timeout},
};

/// Videos in memory at a time.
const PAGE_SIZE: u32 = 500;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ExportQuery {
    format: ExportFormat,
}

pub(super) async fn export(
    State(state): State<AppState>,
    user: CurrentUser,
    Path(list_id): Path<Uuid>,
    Query(ExportQuery { format }): Query<ExportQuery>,
) -> AppResult<Response> {
    let (store, user_id) = (state.store, user.account.id);
    let list = store.list(user_id, list_id).await?;
    let disposition = content_disposition(&list.name, format.extension());
    let fetch = move |cursor| {
        let (store, filter) = (Arc::clone(&store), VideoFilter { cursor, limit: Some(PAGE_SIZE), ..VideoFilter::default() });
        async move { Ok(with_timeout(READ_TIMEOUT, store.videos(user_id, list_id, &filter)).await?) }
    };
    let write = move |is_first: bool, videos: &[_]| if is_first { format.first_page(&list, videos) } else { format.next_page(videos) };
    Download { content_type: format.content_type(), disposition, end: format.footer() }.stream_pages(fetch, write).await
}
