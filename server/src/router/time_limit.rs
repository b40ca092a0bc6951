//! A time limit for requests, in case the database does not answer: if the network drops packets, no connection breaks.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use crate::{error::AppError, store::READ_TIMEOUT};

/// For changes. Deleting 200 000 videos, or cancelling them, takes 20 s on two busy cores.
const WRITE_TIMEOUT: Duration = Duration::from_secs(65);

/// Answers 503 if a handler takes too long. Uploads are excluded: they may take hours, and storing them has its own limits.
pub(super) async fn check(request: Request, next: Next) -> Response {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let limit = match *request.method() {
        Method::GET | Method::HEAD => READ_TIMEOUT,
        _ if kind.starts_with("multipart/") => return next.run(request).await,
        _ => WRITE_TIMEOUT,
    };
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            tracing::warn!(seconds = limit.as_secs(), "a request was not answered in time: the database is silent or overloaded");
            AppError::unavailable().into_response()
        }
    }
}
