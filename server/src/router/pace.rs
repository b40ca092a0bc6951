//! A body that hardly arrives ends its request: a client that sends a byte now and then would hold a connection, and a file, for ever.
//! tower-http's body timeout begins anew with each chunk, so that it lets exactly those pass.

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

/// In which a body has to make progress; a slow upload may take hours.
const WINDOW: Duration = Duration::from_secs(30);
/// Bytes that are progress: a kilobyte a second, below which no line is usable.
const PROGRESS: usize = 32 * 1024;

/// Answers 408 `too_slow` where the body hardly arrives, whatever the handler made of its end.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let gave_up = Arc::new(AtomicBool::new(false));
    let response = next.run(request.map(|body| paced(body, Arc::clone(&gave_up)))).await;
    if !gave_up.load(Ordering::Acquire) {
        return response;
    }
    let detail = "The request arrived too slowly and was given up; nothing was changed. Try again on a better connection.";
    let mut response = AppError::new(StatusCode::REQUEST_TIMEOUT, "too_slow", detail).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

struct Paced {
    data: BodyDataStream,
    /// From the first wait after the last progress.
    until: Option<Instant>,
    arrived: usize,
    gave_up: Arc<AtomicBool>,
}

fn paced(body: Body, gave_up: Arc<AtomicBool>) -> Body {
    let paced = Paced { data: body.into_data_stream(), until: None, arrived: 0, gave_up };
    Body::from_stream(stream::unfold(paced, |mut paced| async move { Some((paced.next().await?, paced)) }))
}

impl Paced {
    async fn next(&mut self) -> Option<Result<bytes::Bytes, axum::Error>> {
        if self.gave_up.load(Ordering::Acquire) {
            return None;
        }
        let until = *self.until.get_or_insert_with(|| Instant::now() + WINDOW);
        // What is there already counts, however late it is asked for.
        let Ok(chunk) = timeout_at(until, self.data.next()).await else {
            self.gave_up.store(true, Ordering::Release);
            return Some(Err(axum::Error::new("the body hardly arrives")));
        };
        if let Some(Ok(chunk)) = &chunk {
            self.arrived += chunk.len();
        }
        if self.arrived >= PROGRESS {
            (self.arrived, self.until) = (0, None);
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

    /// Sends chunks of so many bytes, each after so many seconds.
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
    async fn a_body_has_to_make_progress_and_may_take_its_time() {
        assert_eq!(status(&[(29, 10)]).await, 200);
        assert_eq!(status(&[(29, PROGRESS), (29, PROGRESS), (29, 1)]).await, 200, "slow, and never without progress");
        assert_eq!(status(&[(31, 10)]).await, 408);
        assert_eq!(status(&[(10, 1), (10, 1), (10, 1), (10, 1)]).await, 408, "a byte now and then is no progress");
        assert_eq!(status(&[(29, PROGRESS), (31, 1)]).await, 408);
    }
}
