//! The REST API. Handlers validate input, call the store or `auth`, and announce changes to the other processes; they know neither SQL nor
//! Redis. What the plain forms do as well is a function beside its handler, called by both. Every call answers 503 if the
//! database is unavailable.

mod accounts;
mod announce;
mod download;
mod export;
mod extract;
mod health;
mod history;
mod imports;
mod jobs;
mod lists;
mod receipt;
mod sample;
mod upload;
mod videos;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri},
};

use crate::{error::AppError, state::AppState};

pub(crate) use self::{
    accounts::{change_password, delete_account, end_other_sessions, end_session, sign_out},
    extract::{Json, Path, Query},
    imports::{import_lists, import_upload, preview_lists, preview_upload},
    jobs::{cancel, dismiss, retry},
    lists::{create_list, delete_list, rename_list},
    sample::import_sample,
    videos::{add_video, delete_videos},
};

/// Enough for the ids of a thousand videos. Uploads have their own limit.
const MAX_JSON_BYTES: usize = 128 * 1024;

/// `/api/…`, `/healthz` and `/readyz`. Routes under `/api` that are added elsewhere take precedence over the 404.
pub(crate) fn routes() -> Router<AppState> {
    let api = Router::new()
        .merge(accounts::routes())
        .merge(lists::routes())
        .merge(videos::routes())
        .merge(imports::routes())
        .merge(jobs::routes())
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES));
    Router::new().nest("/api", with_problem_fallbacks(api)).merge(health::routes())
}

/// Responds 404 and 405 with problems instead of empty bodies.
fn with_problem_fallbacks<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.fallback(path_not_found).method_not_allowed_fallback(method_not_allowed)
}

async fn path_not_found() -> AppError {
    AppError::new(StatusCode::NOT_FOUND, "not_found", "The API has nothing at this address. Check the path.")
}

async fn method_not_allowed(method: Method, uri: Uri) -> AppError {
    let detail = format!("{} does not support {method}. The header `Allow` lists the methods that it supports.", uri.path());
    AppError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request, response::Response, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn request(router: Router, method: &str, path: &str) -> Response {
        router.oneshot(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn unknown_path_or_method_is_a_problem_and_other_routes_still_match() {
        let inner = || Router::new().nest("/api", with_problem_fallbacks(Router::new().route("/here", get(|| async {}))));
        let outer = || Router::new().route("/api/ws/progress", get(|| async { "socket" })).route("/", get(|| async { "page" }));
        let page = || async { "page" };
        for router in [outer().merge(inner()).fallback(page), outer().fallback(page).merge(inner()), inner().merge(outer()).fallback(page)] {
            for (method, path, status, is_problem) in [
                ("GET", "/api/here", 200, false),
                ("GET", "/api/ws/progress", 200, false),
                ("GET", "/api/elsewhere", 404, true),
                ("GET", "/api/ws/elsewhere", 404, true),
                ("GET", "/api", 404, true),
                ("POST", "/api/here", 405, true),
                ("GET", "/elsewhere", 200, false),
            ] {
                let response = request(router.clone(), method, path).await;
                let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
                assert_eq!(
                    (response.status().as_u16(), kind.as_deref() == Some("application/problem+json")),
                    (status, is_problem),
                    "{method} {path}"
                );
            }
        }
        let refused = request(inner(), "POST", "/api/here").await;
        assert_eq!(refused.headers()["allow"], "GET,HEAD");
    }
}
