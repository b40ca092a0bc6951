//! Files that are generated from pages of the store and streamed page by page, so that the server holds only one page at a time.

use std::{error::Error, future};

use app::wire::Page;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{StreamExt, stream};

use crate::error::AppResult;

/// Everything of the file except its pages.
pub(super) struct Download {
    /// The header `Content-Type`.
    pub(super) content_type: &'static str,
    /// The header `Content-Disposition`.
    pub(super) disposition: HeaderValue,
    /// The text after the last page.
    pub(super) end: &'static str,
}

impl Download {
    /// Fetches the page at a cursor and writes it; `write` gets whether it is the first.
    ///
    /// # Errors
    /// Those of the first page, which is read before the response begins. A later error breaks off the stream, which the client notices
    /// because the body is incomplete.
    pub(super) async fn stream_pages<T, F>(
        self,
        mut fetch: impl FnMut(Option<String>) -> F + Send + 'static,
        write: impl Fn(bool, &[T]) -> Vec<u8> + Send + 'static,
    ) -> AppResult<Response>
    where
        T: Send + 'static,
        F: Future<Output = AppResult<Page<T>>> + Send,
    {
        let page = fetch(None).await?;
        let first = write(true, &page.items);
        let more = stream::try_unfold((fetch, write, page.next_cursor), |(mut fetch, write, cursor)| async move {
            if cursor.is_none() {
                return Ok::<_, Box<dyn Error + Send + Sync>>(None);
            }
            let page = loop {
                match fetch(cursor.clone()).await {
                    // The user's other reads took too long. This download has begun, so that it waits for its turn again.
                    Err(error) if error.problem().status == StatusCode::TOO_MANY_REQUESTS => continue,
                    page => break page.map_err(|error| error.problem().detail.clone())?,
                }
            };
            Ok(Some((Bytes::from(write(false, &page.items)), (fetch, write, page.next_cursor))))
        });
        let whole = |bytes: Bytes| stream::once(future::ready(Ok(bytes)));
        let body = Body::from_stream(whole(first.into()).chain(more).chain(whole(self.end.into())));
        let content_type = HeaderValue::from_static(self.content_type);
        Ok(([(header::CONTENT_TYPE, content_type), (header::CONTENT_DISPOSITION, self.disposition)], body).into_response())
    }
}
