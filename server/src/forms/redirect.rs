//! Redirects after a form: to the page that it was on, if that is one of ours.

use std::{convert::Infallible, fmt::Display, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use url::Url;

use crate::{
    auth::{Auth, CurrentUser, MaybeUser, same_origin},
    error::{AppError, AppResult},
};

/// The page that a form was on.
#[derive(Clone, Debug)]
pub(super) struct ReturnTo {
    /// Path and query of `Referer`, if it is on this host.
    page: Option<String>,
}

/// Responds 303.
pub(super) fn see_other(path: impl Display) -> Response {
    Redirect::to(&path.to_string()).into_response()
}

impl<S: Sync> FromRequestParts<S> for ReturnTo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
        Ok(Self { page: referer.and_then(|referer| own_path(referer, same_origin::host(parts)?)) })
    }
}

impl ReturnTo {
    /// Returns to the page of the form, or to `default` if it is unknown; with the problem if there is one.
    pub(super) fn same_page(&self, result: AppResult<()>, default: impl Display) -> Response {
        match result {
            Ok(()) => see_other(without_problem(&self.page_or(default))),
            Err(error) => self.with_problem(&error, default),
        }
    }

    /// Returns to the page of the form with a problem, or to the sign-in page if the session has ended.
    pub(super) fn with_problem(&self, error: &AppError, default: impl Display) -> Response {
        if error.problem().is_signed_out() && error.problem().code == "signed_out" {
            return see_other("/sign-in");
        }
        see_other(with_problem(&self.page_or(default), &error.problem().code))
    }

    /// Continues to the page of the result, or returns with the problem.
    pub(super) fn then<T, P: Display>(&self, result: AppResult<T>, page: impl FnOnce(T) -> P, default: impl Display) -> Response {
        match result {
            Ok(value) => see_other(page(value)),
            Err(error) => self.with_problem(&error, default),
        }
    }

    fn page_or(&self, default: impl Display) -> String {
        self.page.clone().unwrap_or_else(|| default.to_string())
    }
}

/// The signed-in user of a form. As an extractor, redirects to the sign-in page if there is none.
pub(super) struct FormUser(pub(super) CurrentUser);

impl<S> FromRequestParts<S> for FormUser
where
    S: Send + Sync,
    Arc<Auth>: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let Ok(return_to) = ReturnTo::from_request_parts(parts, state).await;
        let Ok(MaybeUser(user)) = MaybeUser::from_request_parts(parts, state).await;
        match user {
            Ok(Some(user)) => Ok(Self(user)),
            Ok(None) => Err(see_other("/sign-in")),
            Err(error) => Err(return_to.with_problem(&error, "/lists")),
        }
    }
}

/// Path and query of a referer on `host`. The scheme is not compared, because behind a proxy we do not know our own.
fn own_path(referer: &str, host: &str) -> Option<String> {
    let referer = Url::parse(referer).ok()?;
    let own = Url::parse(&format!("{}://{host}/", referer.scheme())).ok()?;
    let same = referer.host().is_some() && referer.host() == own.host() && referer.port_or_known_default() == own.port_or_known_default();
    // As a redirect, the path `//evil.example` would lead to another host.
    let path = &referer[url::Position::BeforePath..url::Position::AfterQuery];
    (same && path.starts_with('/') && !path.starts_with("//")).then(|| path.to_owned())
}

fn without_problem(page: &str) -> String {
    page_with(page, None)
}

fn with_problem(page: &str, code: &str) -> String {
    page_with(page, Some(code))
}

/// Replaces the page's `problem` and `done` parameters by the new problem, if there is one.
fn page_with(page: &str, code: Option<&str>) -> String {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("problem=") && !pair.starts_with("done="));
    let problem = code.map(|code| format!("problem={code}"));
    let query: Vec<&str> = kept.chain(problem.as_deref()).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn referer_is_ignored_when_it_is_on_another_host() {
        let cases = [
            ("https://marks.example.org/lists/1?q=a%20b#top", Some("/lists/1?q=a%20b")),
            ("http://marks.example.org/", Some("/")),
            ("https://marks.example.org:8443/lists", None),
            ("https://evil.example/lists", None),
            ("https://marks.example.org//evil.example/", None),
            ("/lists", None),
            ("about:blank", None),
            ("", None),
        ];
        for (referer, path) in cases {
            assert_eq!(own_path(referer, "marks.example.org").as_deref(), path, "{referer}");
        }
        assert_eq!(own_path("http://127.0.0.1:3000/a", "127.0.0.1:3000").as_deref(), Some("/a"));
    }

    #[test]
    fn problem_replaces_the_previous_one() {
        assert_eq!(with_problem("/sign-in", "wrong_credentials"), "/sign-in?problem=wrong_credentials");
        assert_eq!(with_problem("/lists/1?q=a&problem=bad_name&sort=title", "too_large"), "/lists/1?q=a&sort=title&problem=too_large");
        assert_eq!(without_problem("/lists/1?problem=bad_name"), "/lists/1");
        assert_eq!(without_problem("/lists/1?q=a"), "/lists/1?q=a");
        assert_eq!(with_problem("/account?done=password", "wrong_password"), "/account?problem=wrong_password");
    }
}
