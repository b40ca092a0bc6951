//! The error type of handlers, and the only place where errors become responses: causes are logged, clients are told what to do.

use app::wire::Problem;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    bus::BusUnavailable,
    hub::AttachError,
    import::ImportError,
    store::{Entity, StoreError},
    text::single_line,
};

/// If the database or the bus is unreachable, or a row is locked.
const RETRY_AFTER_SECONDS: u64 = 2;
/// If the client has to do less, and nothing says when it may do more.
const RETRY_AFTER_TOO_MANY_SECONDS: u64 = 5;
/// If somebody has to free disk space first.
const RETRY_AFTER_FULL_DISK_SECONDS: u64 = 30;

/// Of a sentence, which may quote what was sent.
const MAX_DETAIL_CHARS: usize = 4000;

/// An error and its sources, down to the root cause.
pub(crate) fn causes<'a>(error: &'a (dyn std::error::Error + 'static)) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// A problem (RFC 9457) to respond with.
#[derive(Debug)]
pub struct AppError {
    problem: Problem,
    retry_after: Option<u64>,
}

/// The result of a handler.
pub(crate) type AppResult<T> = Result<T, AppError>;

impl AppError {
    /// `code` is stable, for programs; `detail` is a sentence that says what to do, on one line whatever it quotes. With 429 comes a
    /// `Retry-After`.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let detail = single_line(&detail.into(), MAX_DETAIL_CHARS).unwrap_or_default();
        let retry_after = (status == StatusCode::TOO_MANY_REQUESTS).then_some(RETRY_AFTER_TOO_MANY_SECONDS);
        Self { problem: Problem::new(status.as_u16(), code, title, detail), retry_after }
    }

    /// Adds `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 401: the request has no session, or one that has ended.
    pub fn signed_out() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "signed_out", "You are not signed in, or your session has ended. Sign in and try again.")
    }

    /// 422: the input cannot be used.
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 503: the database is unreachable.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Playmarks cannot reach its database at the moment. Nothing is lost; try again shortly.",
        )
        .retry_after(RETRY_AFTER_SECONDS)
    }

    /// 500: `error` is logged and not sent.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong in Playmarks. The server's log has the details; trying again may help.",
        )
    }

    /// The body of the response.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// For pages that are rendered in this process.
    pub fn into_problem(self) -> Problem {
        self.problem
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let names = |entity| match entity {
            Entity::List => ("list", "list_not_found", "list_forbidden"),
            Entity::Job => ("job", "job_not_found", "job_forbidden"),
            Entity::Session => ("session", "session_not_found", "session_forbidden"),
        };
        match error {
            StoreError::NotFound(entity) => {
                let (noun, code, _) = names(entity);
                Self::new(StatusCode::NOT_FOUND, code, format!("There is no such {noun}. It may have been deleted."))
            }
            StoreError::Forbidden(entity) => {
                let (noun, _, code) = names(entity);
                Self::new(StatusCode::FORBIDDEN, code, format!("This {noun} belongs to another account. Sign in with that account to see it."))
            }
            StoreError::EmailTaken => {
                Self::new(StatusCode::CONFLICT, "email_taken", "There is already an account with this address. Sign in instead.")
            }
            StoreError::RegistrationClosed => {
                Self::new(StatusCode::FORBIDDEN, "registration_closed", "This server does not accept new accounts. Ask its operator to add one.")
            }
            StoreError::JobActive => {
                Self::new(StatusCode::CONFLICT, "job_active", "This job is still running. Wait until it has ended, or cancel it first.")
            }
            StoreError::NothingToRetry => Self::unprocessable("nothing_to_retry", "Every video of this job has succeeded or cannot be retried."),
            StoreError::BadCursor => Self::new(StatusCode::BAD_REQUEST, "bad_cursor", "This cursor is not valid. Start again without it."),
            StoreError::Import(error) => error.into(),
            StoreError::Unavailable(error) => {
                tracing::warn!(%error, "the database is unreachable");
                Self::unavailable()
            }
            StoreError::Busy(error) => {
                tracing::debug!(%error, "a row was locked for too long by another change");
                let detail =
                    "Another change, such as a large import, is being stored here at the moment. Nothing was changed; try again in a few seconds.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "list_busy", detail).retry_after(RETRY_AFTER_SECONDS)
            }
            StoreError::TooManyReads => {
                let detail = "Several of your searches or downloads are running already. Wait until they are done, and try again.";
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_reads", detail)
            }
            StoreError::ReadsBusy => {
                let detail = "Too many searches and downloads are running on this server at the moment. Try again in a few seconds.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "reads_busy", detail).retry_after(RETRY_AFTER_SECONDS)
            }
            StoreError::TooSlow(error) => {
                tracing::warn!(%error, "the database gave up a statement");
                let detail = "This took the database too long and was stopped. Nothing was changed. Ask for less at once, or try again when the server is less busy.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "took_too_long", detail).retry_after(RETRY_AFTER_TOO_MANY_SECONDS)
            }
            StoreError::Unwritable(error) => {
                tracing::error!(%error, "the database cannot be written to: free some space on its disk, or make it writable");
                let detail = "Playmarks cannot store anything at the moment: its disk is full or read-only. Nothing was changed or lost. Tell the operator, and try again later.";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage_unwritable", detail).retry_after(RETRY_AFTER_FULL_DISK_SECONDS)
            }
            StoreError::Internal(error) => Self::internal(&error),
        }
    }
}

impl From<ImportError> for AppError {
    fn from(error: ImportError) -> Self {
        Self::unprocessable(error.code, error.detail)
    }
}

impl From<AttachError> for AppError {
    fn from(error: AttachError) -> Self {
        match error {
            AttachError::TooManySockets(open) => {
                let detail = format!("Playmarks is already open in {open} tabs or programs of this account. Close some of them and try again.");
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_sockets", detail)
            }
            AttachError::BusUnavailable(error) => error.into(),
        }
    }
}

impl From<BusUnavailable> for AppError {
    fn from(error: BusUnavailable) -> Self {
        tracing::warn!(%error, "the bus is unreachable");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "live_updates_away",
            "Live updates are unavailable at the moment. Jobs continue; try again shortly.",
        )
        .retry_after(RETRY_AFTER_SECONDS)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self.problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
