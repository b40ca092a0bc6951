//! REST: the contract's §4. Handlers check input, call the store or `auth`, and tell the other processes what changed;
//! they know neither SQL nor Redis. What the plain forms do as well is a function beside its handler, called by both.

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
mod tickets;
mod upload;
mod videos;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, StatusCode, Uri},
};

use crate::{error::AppError, state::AppState};

pub use self::{
    accounts::{change_password, delete_account, end_other_sessions, end_session, sign_out},
    extract::{Json, Path, Query},
    imports::{import_lists, import_upload, preview_lists, preview_upload},
    jobs::{cancel, dismiss, retry},
    lists::{create_list, delete_list, rename_list},
    sample::import_sample,
    videos::{add_video, delete_videos},
};

/// Bytes of a JSON body: a thousand ids, with room. Uploads have a limit of their own.
const MAX_JSON: usize = 128 * 1024;

/// `/api/…`, `/healthz` and `/readyz`. Other routes under `/api` may be added outside, and come before the 404.
pub fn routes() -> Router<AppState> {
    let api = Router::new()
        .merge(accounts::routes())
        .merge(tickets::routes())
        .merge(lists::routes())
        .merge(videos::routes())
        .merge(imports::routes())
        .merge(jobs::routes())
        .layer(DefaultBodyLimit::max(MAX_JSON));
    Router::new().nest("/api", with_problems(api)).merge(health::routes())
}

/// 404 and 405 as problems instead of empty answers.
fn with_problems<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes.fallback(no_such_path).method_not_allowed_fallback(no_such_method)
}

async fn no_such_path() -> AppError {
    AppError::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address of the API. Check the path.")
}

async fn no_such_method(method: Method, uri: Uri) -> AppError {
    let detail = format!("{} does not take {method}. The header `Allow` says what it takes.", uri.path());
    AppError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request, response::Response, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn ask(router: Router, method: &str, path: &str) -> Response {
        router.oneshot(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_not_there_is_a_problem_and_other_routes_are_not_in_its_way() {
        let inner = || Router::new().nest("/api", with_problems(Router::new().route("/here", get(|| async {}))));
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
                let answer = ask(router.clone(), method, path).await;
                let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
                assert_eq!((answer.status().as_u16(), kind.as_deref() == Some("application/problem+json")), (status, is_problem), "{method} {path}");
            }
        }
        let refused = ask(inner(), "POST", "/api/here").await;
        assert_eq!(refused.headers()["allow"], "GET,HEAD");
    }
}
