//! A minimum rate for request bodies: a client that sends a byte now and then would hold a connection, and a file, for ever. tower-http's
//! body timeout starts again at each chunk, so it does not notice such clients.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
    http::{HeaderValue, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use crate::error::AppError;

/// At least `MIN_PROGRESS` bytes have to arrive in this time. A slow upload may take hours.
const PROGRESS_TIMEOUT: Duration = Duration::from_secs(30);
/// About a kilobyte a second; slower lines are not usable.
const MIN_PROGRESS: usize = 32 * 1024;

/// Middleware that responds 408 `too_slow` if the body was below the minimum rate, whatever the handler responded to its end. A response
/// before the end of the body closes the connection: the rest would have to be read before the next request.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let is_http_1 = request.version() <= Version::HTTP_11;
    let length = request.body().size_hint().exact();
    let reading = Arc::new(Reading::default());
    let mut response = next.run(request.map(|body| with_min_rate(body, Arc::clone(&reading)))).await;
    if reading.timed_out.load(Ordering::Acquire) {
        let detail = "The upload was too slow and was stopped. Nothing was changed; try again on a faster connection.";
        response = AppError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", detail).into_response();
    }
    let is_read = reading.ended.load(Ordering::Acquire) || length.is_some_and(|length| length <= reading.received.load(Ordering::Acquire));
    if is_http_1 && !is_read {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// What has happened to a body so far.
#[derive(Default)]
struct Reading {
    timed_out: AtomicBool,
    ended: AtomicBool,
    /// In bytes.
    received: AtomicU64,
}

struct MinRateBody {
    data: BodyDataStream,
    /// Set by the first wait after the last progress.
    deadline: Option<Instant>,
    /// Since the deadline was set.
    received: usize,
    reading: Arc<Reading>,
}

fn with_min_rate(body: Body, reading: Arc<Reading>) -> Body {
    let body = MinRateBody { data: body.into_data_stream(), deadline: None, received: 0, reading };
    Body::from_stream(stream::unfold(body, |mut body| async move { Some((body.next().await?, body)) }))
}

impl MinRateBody {
    async fn next(&mut self) -> Option<Result<bytes::Bytes, axum::Error>> {
        if self.reading.timed_out.load(Ordering::Acquire) {
            return None;
        }
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + PROGRESS_TIMEOUT);
        // A chunk that has arrived counts, however late the handler asks for it.
        let Ok(chunk) = timeout_at(deadline, self.data.next()).await else {
            self.reading.timed_out.store(true, Ordering::Release);
            return Some(Err(axum::Error::new("the body arrives too slowly")));
        };
        match &chunk {
            Some(Ok(chunk)) => {
                self.received += chunk.len();
                self.reading.received.fetch_add(chunk.len() as u64, Ordering::AcqRel);
            }
            Some(Err(_)) => {}
            None => self.reading.ended.store(true, Ordering::Release),
        }
        if self.received >= MIN_PROGRESS {
            (self.received, self.deadline) = (0, None);
        }
        chunk
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Bytes, middleware, routing::post};
    use tokio::time::sleep;
    use tower::ServiceExt;

    use super::*;

    /// The status of a request whose body has these chunks: (seconds of delay, bytes).
    async fn status(chunks: &'static [(u64, usize)]) -> u16 {
        let body = stream::iter(chunks).then(|(seconds, bytes)| async move {
            sleep(Duration::from_secs(*seconds)).await;
            Ok::<_, axum::Error>(Bytes::from(vec![b'x'; *bytes]))
        });
        let router = Router::new().route("/", post(|body: Bytes| async move { body.len().to_string() })).layer(middleware::from_fn(check));
        let request = Request::builder().method("POST").uri("/").body(Body::from_stream(body)).unwrap();
        router.oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test(start_paused = true)]
    async fn body_is_refused_when_it_makes_too_little_progress() {
        assert_eq!(status(&[(29, 10)]).await, 200);
        assert_eq!(status(&[(29, MIN_PROGRESS), (29, MIN_PROGRESS), (29, 1)]).await, 200, "slow, but with progress");
        assert_eq!(status(&[(31, 10)]).await, 408);
        assert_eq!(status(&[(10, 1), (10, 1), (10, 1), (10, 1)]).await, 408, "a byte now and then is not progress");
        assert_eq!(status(&[(29, MIN_PROGRESS), (31, 1)]).await, 408);
    }

    #[tokio::test]
    async fn connection_is_closed_when_the_body_was_not_read() {
        let router = Router::new()
            .route("/read", post(|body: Bytes| async move { body.len().to_string() }))
            .route("/refused", post(|| async { StatusCode::FORBIDDEN }))
            .layer(middleware::from_fn(check));
        for (path, body, closed) in [("/read", "text", false), ("/refused", "text", true), ("/refused", "", false)] {
            let request = Request::builder().method("POST").uri(path).body(Body::from(body)).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.headers().contains_key(header::CONNECTION), closed, "{path} with {body:?}");
        }
    }
}
