//! Where a form leads: the page it came from, if that is one of ours.

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

/// The page a form was on.
#[derive(Clone, Debug)]
pub(super) struct Back {
    /// Path and query of the `Referer`, if it is on this host.
    from: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Back {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let referer = parts.headers.get(header::REFERER).and_then(|value| value.to_str().ok());
        Ok(Self { from: referer.and_then(|referer| own_path(referer, same_origin::host(parts)?)) })
    }
}

impl Back {
    /// 303 to the page where the result is seen.
    pub(super) fn to(path: impl Display) -> Response {
        Redirect::to(&path.to_string()).into_response()
    }

    /// 303 to the page the form was on, else to `otherwise`; with the problem where there is one.
    pub(super) fn or_problem(&self, result: AppResult<()>, otherwise: impl Display) -> Response {
        match result {
            Ok(()) => Self::to(without_problem(&self.page(otherwise))),
            Err(error) => self.with(&error, otherwise),
        }
    }

    /// The same, with what went wrong.
    pub(super) fn with(&self, error: &AppError, otherwise: impl Display) -> Response {
        if error.problem().is_signed_out() && error.problem().code == "signed_out" {
            return Self::to("/sign-in");
        }
        Self::to(with_problem(&self.page(otherwise), &error.problem().code))
    }

    /// The result's page, or back with the problem.
    pub(super) fn after<T, P: Display>(&self, result: AppResult<T>, then: impl FnOnce(T) -> P, otherwise: impl Display) -> Response {
        match result {
            Ok(done) => Self::to(then(done)),
            Err(error) => self.with(&error, otherwise),
        }
    }

    fn page(&self, otherwise: impl Display) -> String {
        self.from.clone().unwrap_or_else(|| otherwise.to_string())
    }
}

/// Who sends a form; whoever is not signed in is led to do so.
pub(super) struct FormUser(pub(super) CurrentUser);

impl<S> FromRequestParts<S> for FormUser
where
    S: Send + Sync,
    Arc<Auth>: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let Ok(back) = Back::from_request_parts(parts, state).await;
        let Ok(MaybeUser(user)) = MaybeUser::from_request_parts(parts, state).await;
        match user {
            Ok(Some(user)) => Ok(Self(user)),
            Ok(None) => Err(Back::to("/sign-in")),
            Err(error) => Err(back.with(&error, "/lists")),
        }
    }
}

/// Path and query of a referer on `host`. Browsers send the scheme they used, which behind a proxy is not ours to know.
fn own_path(referer: &str, host: &str) -> Option<String> {
    let referer = Url::parse(referer).ok()?;
    let own = Url::parse(&format!("{}://{host}/", referer.scheme())).ok()?;
    let same = referer.host().is_some() && referer.host() == own.host() && referer.port_or_known_default() == own.port_or_known_default();
    // `//evil.example` as a path would be another host's address.
    let path = &referer[url::Position::BeforePath..url::Position::AfterQuery];
    (same && path.starts_with('/') && !path.starts_with("//")).then(|| path.to_owned())
}

fn without_problem(page: &str) -> String {
    page_with(page, None)
}

fn with_problem(page: &str, code: &str) -> String {
    page_with(page, Some(code))
}

/// The page with its query, less an old problem, and with the new one if there is one.
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
    fn only_our_own_pages_are_led_back_to() {
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
    fn a_problem_replaces_the_one_before() {
        assert_eq!(with_problem("/sign-in", "wrong_credentials"), "/sign-in?problem=wrong_credentials");
        assert_eq!(with_problem("/lists/1?q=a&problem=bad_name&sort=title", "too_large"), "/lists/1?q=a&sort=title&problem=too_large");
        assert_eq!(without_problem("/lists/1?problem=bad_name"), "/lists/1");
        assert_eq!(without_problem("/lists/1?q=a"), "/lists/1?q=a");
        assert_eq!(with_problem("/account?done=password", "wrong_password"), "/account?problem=wrong_password");
    }
}
