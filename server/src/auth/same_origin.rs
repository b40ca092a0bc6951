//! Refuses changing requests that another site made a browser send (CSRF): a pure function, and a layer that applies it.

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

/// What a request's headers say about where it comes from.
#[derive(Clone, Copy, Debug, Default)]
struct RequestSource<'a> {
    /// Has a bearer token, which no other site can make a browser add. (`Basic` it can, once a proxy has asked for that.)
    has_bearer_token: bool,
    fetch_site: Option<&'a str>,
    origin: Option<&'a str>,
    host: Option<&'a str>,
    has_session_cookie: bool,
}

/// Whether a changing request is allowed.
fn is_allowed(source: RequestSource<'_>, known_urls: &[Url]) -> bool {
    if source.has_bearer_token || source.fetch_site == Some("same-origin") {
        return true;
    }
    match (source.fetch_site, source.origin) {
        // A program, or a browser from before 2020. It may sign in, but not use a session.
        (None, None) => !source.has_session_cookie,
        (_, Some(origin)) => matches_host(origin, source.host) || is_listed(origin, known_urls),
        (Some(_), None) => false,
    }
}

/// Whether the origin's host and port equal those of `Host`. The scheme is not compared, because behind a proxy we do not know our own; it
/// only gives the default port.
fn matches_host(origin: &str, host: Option<&str>) -> bool {
    let Some(origin) = parse_origin(origin) else { return false };
    let Some(host) = host.and_then(|host| parse_host(host, origin.scheme())) else { return false };
    origin.host() == host.host() && origin.port_or_known_default() == host.port_or_known_default()
}

/// Including the scheme. Holds behind a proxy that sends another `Host`.
fn is_listed(origin: &str, known_urls: &[Url]) -> bool {
    parse_origin(origin).is_some_and(|origin| known_urls.iter().any(|url| url.origin() == origin.origin()))
}

/// A `Host` as an address of this scheme; `None` if it is more than a host and a port.
pub(crate) fn parse_host(host: &str, scheme: &str) -> Option<Url> {
    let authority = host.parse::<Authority>().ok().filter(|authority| !authority.as_str().contains('@'))?;
    Url::parse(&format!("{scheme}://{authority}/")).ok()
}

/// `None` for `null` and for schemes other than HTTP.
fn parse_origin(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// `Host`, or `:authority` in HTTP/2.
pub(crate) fn host(request: &axum::http::request::Parts) -> Option<&str> {
    header_text(&request.headers, &header::HOST).or_else(|| request.uri.authority().map(Authority::as_str))
}

fn header_text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // A value that is not text must not count as absent.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// Middleware that responds 403 `cross_origin` to requests that are not allowed.
pub(crate) async fn check(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let source = RequestSource {
        has_bearer_token: bearer_token(&parts.headers).is_some(),
        fetch_site: header_text(&parts.headers, &SEC_FETCH_SITE),
        origin: header_text(&parts.headers, &header::ORIGIN),
        host: host(&parts),
        has_session_cookie: cookie::value(&parts.headers, &settings).is_some(),
    };
    if is_allowed(source, &settings.known_urls()) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    AppError::new(StatusCode::FORBIDDEN, "cross_origin", refusal(source)).into_response()
}

/// Without `Sec-Fetch-Site`, which browsers send over HTTPS and to localhost, another site and a proxy that sends another `Host` look alike.
fn refusal(source: RequestSource<'_>) -> String {
    let mut detail = "This request came from another site. Use Playmarks' own pages, or send an access token in the Authorization header.".to_owned();
    if let (None, Some(origin)) = (source.fetch_site, source.origin.and_then(parse_origin)) {
        let origin = origin.origin().ascii_serialization();
        detail += &format!(
            " If you were on Playmarks' own page, a proxy in front of it changes the Host header: whoever runs it has to set PUBLIC_URL to {origin}, or make the proxy pass Host on."
        );
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "marks.example.org";

    fn passes(fetch_site: Option<&str>, origin: Option<&str>, host: &str, has_session_cookie: bool) -> bool {
        let allowed = ["https://Other.example.org/", "http://localhost:8080"].map(|origin| Url::parse(origin).unwrap());
        is_allowed(RequestSource { has_bearer_token: false, fetch_site, origin, host: Some(host), has_session_cookie }, &allowed)
    }

    #[test]
    fn request_with_a_bearer_token_is_always_allowed() {
        let source = RequestSource {
            has_bearer_token: true,
            fetch_site: Some("cross-site"),
            origin: Some("https://evil.example"),
            host: Some(HOST),
            has_session_cookie: true,
        };
        assert!(is_allowed(source, &[]));
        assert!(!is_allowed(RequestSource { has_bearer_token: false, ..source }, &[]));
    }

    #[test]
    fn request_is_allowed_by_its_fetch_site_and_origin() {
        // Sec-Fetch-Site, Origin, whether it is allowed with a session cookie, and whether without.
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
    fn origin_is_compared_with_host_and_port() {
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
        assert!(!is_allowed(RequestSource { origin: Some("https://a.example"), ..RequestSource::default() }, &[]), "there is no Host to be equal to");
    }

    #[test]
    fn public_url_is_an_origin_whatever_the_proxy_sends_as_host() {
        let public = [Url::parse("https://marks.example.org/").unwrap()];
        let from = |origin| RequestSource { origin: Some(origin), host: Some("upstream:3000"), has_session_cookie: true, ..RequestSource::default() };
        assert!(is_allowed(from("https://marks.example.org"), &public));
        for origin in ["http://marks.example.org", "https://marks.example.org:8443", "https://evil.example", "null"] {
            assert!(!is_allowed(from(origin), &public), "{origin}");
        }
        assert!(!is_allowed(from("https://marks.example.org"), &[]));
        assert!(refusal(from("https://marks.example.org")).contains("set PUBLIC_URL to https://marks.example.org,"));
        assert!(
            !refusal(RequestSource { fetch_site: Some("cross-site"), ..from("https://evil.example") }).contains("PUBLIC_URL"),
            "it is another site"
        );
    }
}
