//! Keeps other sites from changing things with somebody's cookie: the contract's §4, as a pure function and a layer.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

use super::{cookie, extract::bearer_token};
use crate::{config::Settings, error::AppError};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a request says of where it comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// It carries a bearer token, which no other site can make a browser add. It can with `Basic`, once a proxy has asked for that.
    pub bearer: bool,
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Host`.
    pub host: Option<&'a str>,
    /// It carries a session cookie.
    pub session: bool,
}

/// Whether a changing request may pass.
pub fn may_change(evidence: Evidence<'_>, allowed_origins: &[String]) -> bool {
    if evidence.bearer || evidence.fetch_site == Some("same-origin") {
        return true;
    }
    match (evidence.fetch_site, evidence.origin) {
        // Neither: a program, or a browser of before 2020. It may sign in, but not act for a session.
        (None, None) => !evidence.session,
        (_, Some(origin)) => is_host(origin, evidence.host) || is_listed(origin, allowed_origins),
        (Some(_), None) => false,
    }
}

/// Whether an origin's host and port are those of `Host`. Its scheme is not compared: behind a proxy we do not know our own,
/// and it says which port is meant where `Host` names none.
fn is_host(origin: &str, host: Option<&str>) -> bool {
    let Some(origin) = web_origin(origin) else { return false };
    let Some(host) = host.and_then(|host| host.parse::<Authority>().ok()).filter(|host| !host.as_str().contains('@')) else { return false };
    let Ok(host) = Url::parse(&format!("{}://{host}/", origin.scheme())) else { return false };
    origin.host() == host.host() && origin.port_or_known_default() == host.port_or_known_default()
}

fn is_listed(origin: &str, allowed: &[String]) -> bool {
    let Some(origin) = web_origin(origin) else { return false };
    allowed.iter().filter_map(|allowed| web_origin(allowed.trim())).any(|allowed| allowed.origin() == origin.origin())
}

/// `Origin: null` and other schemes are nobody's.
fn web_origin(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// The `Host` a request was sent to.
pub fn host(request: &axum::http::request::Parts) -> Option<&str> {
    text(&request.headers, &header::HOST).or_else(|| request.uri.authority().map(Authority::as_str))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // What is not text is not absent: it must not count as "neither header".
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// The layer: answers 403 `cross_origin` to what may not pass. For `axum::middleware::from_fn_with_state`, around everything.
pub async fn check(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let evidence = Evidence {
        bearer: bearer_token(&parts.headers).is_some(),
        fetch_site: text(&parts.headers, &SEC_FETCH_SITE),
        origin: text(&parts.headers, &header::ORIGIN),
        host: host(&parts),
        session: cookie::value(&parts.headers, &settings).is_some(),
    };
    if may_change(evidence, &settings.allowed_origins) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let detail = "This request came from another site. Do it from Playmarks' own pages, or send an access token in Authorization.";
    AppError::new(StatusCode::FORBIDDEN, "cross_origin", detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "marks.example.org";

    fn passes(fetch_site: Option<&str>, origin: Option<&str>, host: &str, session: bool) -> bool {
        let allowed = ["https://Other.example.org/".to_owned(), "http://localhost:8080".to_owned()];
        may_change(Evidence { bearer: false, fetch_site, origin, host: Some(host), session }, &allowed)
    }

    #[test]
    fn with_a_bearer_token_everything_passes() {
        let evidence =
            Evidence { bearer: true, fetch_site: Some("cross-site"), origin: Some("https://evil.example"), host: Some(HOST), session: true };
        assert!(may_change(evidence, &[]));
        assert!(!may_change(Evidence { bearer: false, ..evidence }, &[]));
    }

    #[test]
    fn the_table() {
        // Sec-Fetch-Site, Origin, whether it passes with a session cookie, and whether without.
        let table: &[(Option<&str>, Option<&str>, bool, bool)] = &[
            (None, None, false, true),
            (Some("same-origin"), None, true, true),
            (Some("same-origin"), Some("https://marks.example.org"), true, true),
            (Some("same-site"), None, false, false),
            (Some("cross-site"), None, false, false),
            (Some("none"), None, false, false),
            (Some(""), None, false, false),
            (None, Some("https://marks.example.org"), true, true),
            (None, Some("http://marks.example.org"), true, true),
            (None, Some("https://MARKS.example.org"), true, true),
            (None, Some("https://marks.example.org:443"), true, true),
            (None, Some("https://marks.example.org:8443"), false, false),
            (None, Some("https://evil.example"), false, false),
            (None, Some("https://marks.example.org.evil.example"), false, false),
            (None, Some("https://evil.example/marks.example.org"), false, false),
            (None, Some("null"), false, false),
            (None, Some(""), false, false),
            (None, Some("?"), false, false),
            (None, Some("file://marks.example.org"), false, false),
            (Some("cross-site"), Some("https://other.example.org"), true, true),
            (Some("cross-site"), Some("https://other.example.org:443"), true, true),
            (Some("cross-site"), Some("http://other.example.org"), false, false),
            (Some("same-site"), Some("http://localhost:8080"), true, true),
            (Some("same-site"), Some("http://localhost"), false, false),
            (Some("cross-site"), Some("https://evil.example"), false, false),
        ];
        for &(fetch_site, origin, with, without) in table {
            assert_eq!(passes(fetch_site, origin, HOST, true), with, "{fetch_site:?} {origin:?} with a session");
            assert_eq!(passes(fetch_site, origin, HOST, false), without, "{fetch_site:?} {origin:?} without a session");
        }
    }

    #[test]
    fn hosts_with_ports_and_strange_hosts() {
        let table = [
            ("http://127.0.0.1:3000", "127.0.0.1:3000", true),
            ("http://127.0.0.1:3000", "127.0.0.1:3001", false),
            ("http://127.0.0.1:3000", "127.0.0.1", false),
            ("http://[::1]:3000", "[::1]:3000", true),
            ("https://a.example", "a.example:443", true),
            ("https://a.example", "a.example:80", false),
            ("https://evil.example", "a.example@evil.example", false),
            ("https://a.example", "a.example/evil", false),
            ("https://a.example", "", false),
        ];
        for (origin, host, expected) in table {
            assert_eq!(passes(None, Some(origin), host, true), expected, "{origin} to {host}");
        }
        assert!(!may_change(Evidence { origin: Some("https://a.example"), ..Evidence::default() }, &[]), "no Host, no equality");
    }
}
