//! A minimum rate for request bodies: a client that sends a byte now and then would hold a connection, and a file, for ever. tower-http's
//! body timeout starts again at each chunk, so it does not notice such clients.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
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

/// Middleware that responds 408 `too_slow` if the body was below the minimum rate, whatever the handler responded to its end.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let timed_out = Arc::new(AtomicBool::new(false));
    let response = next.run(request.map(|body| with_min_rate(body, Arc::clone(&timed_out)))).await;
    if !timed_out.load(Ordering::Acquire) {
        return response;
    }
    let detail = "The upload was too slow and was stopped. Nothing was changed; try again on a faster connection.";
    let mut response = AppError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", detail).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

struct MinRateBody {
    data: BodyDataStream,
    /// Set by the first wait after the last progress.
    deadline: Option<Instant>,
    received: usize,
    timed_out: Arc<AtomicBool>,
}

fn with_min_rate(body: Body, timed_out: Arc<AtomicBool>) -> Body {
    let body = MinRateBody { data: body.into_data_stream(), deadline: None, received: 0, timed_out };
    Body::from_stream(stream::unfold(body, |mut body| async move { Some((body.next().await?, body)) }))
}

impl MinRateBody {
    async fn next(&mut self) -> Option<Result<bytes::Bytes, axum::Error>> {
        if self.timed_out.load(Ordering::Acquire) {
            return None;
        }
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + PROGRESS_TIMEOUT);
        // A chunk that has arrived counts, however late the handler asks for it.
        let Ok(chunk) = timeout_at(deadline, self.data.next()).await else {
            self.timed_out.store(true, Ordering::Release);
            return Some(Err(axum::Error::new("the body arrives too slowly")));
        };
        if let Some(Ok(chunk)) = &chunk {
            self.received += chunk.len();
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
}
