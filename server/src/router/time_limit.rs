//! Requests end in time, also where the database is silent: a network that swallows packets breaks no connection.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use crate::{error::AppError, store::READ_TIMEOUT};

/// For what changes something. Deleting 200 000 videos, or cancelling them, takes 20 s on two busy cores.
const WRITE_TIMEOUT: Duration = Duration::from_secs(65);

/// Answers 503 where a handler takes longer. An upload may take hours on its way; what stores it has a limit of its own.
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
