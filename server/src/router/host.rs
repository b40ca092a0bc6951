//! Refuses requests for a name that is not this instance's: a page of another site can make its own name resolve to this machine (DNS
//! rebinding), and would then count as the same origin.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::{Host, Url};

use crate::{auth::same_origin, config::Settings, error::AppError};

/// Asked by address, or by the name of a container.
const EXEMPT: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Middleware that responds 400 `bad_host` to none or several, and 421 `unknown_host` to one that is not expected. Only an explicit
/// PUBLIC_URL says what is expected.
pub(super) async fn check(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let is_missing = hosts == 0 && request.version() == Version::HTTP_11;
    let (parts, body) = request.into_parts();
    let host = same_origin::host(&parts);
    if hosts > 1 || is_missing || host.is_some_and(|host| name(host).is_none()) {
        let detail = "The request must have one Host header with a host and, if needed, a port.";
        return AppError::new(StatusCode::BAD_REQUEST, "bad_host", detail).into_response();
    }
    if let (Some(public_url), Some(name)) = (&settings.public_url, host.and_then(name))
        && !is_expected(&name, &settings.known_urls())
        && !EXEMPT.contains(&parts.uri.path())
    {
        let detail = format!(
            "Playmarks does not go by this name. Open {public_url} instead. If the name is right, whoever runs Playmarks has to add its origin to ALLOWED_ORIGINS, or correct PUBLIC_URL."
        );
        return AppError::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host", detail).into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

/// The host without the port, normalised as in URLs.
fn name(host: &str) -> Option<Host<String>> {
    same_origin::parse_host(host, "http")?.host().map(|host| host.to_owned())
}

/// Addresses, `localhost` and names without a dot are no other site's: those cannot be registered.
fn is_expected(host: &Host<String>, known_urls: &[Url]) -> bool {
    let Host::Domain(domain) = host else { return true };
    if !domain.contains('.') || domain.ends_with(".localhost") {
        return true;
    }
    known_urls.iter().any(|url| url.domain() == Some(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_must_be_a_name_of_the_instance() {
        let known = ["https://marks.example.org", "https://other.example.org:8443"].map(|url| Url::parse(url).unwrap());
        for (host, expected) in [
            ("marks.example.org", true),
            ("MARKS.example.org:443", true),
            ("marks.example.org:8080", true),
            ("other.example.org", true),
            ("127.0.0.1:3000", true),
            ("[::1]:3000", true),
            ("localhost:3000", true),
            ("marks.localhost", true),
            ("upstream", true),
            ("evil.example", false),
            ("marks.example.org.evil.example", false),
            ("127.0.0.1.evil.example", false),
        ] {
            assert_eq!(is_expected(&name(host).unwrap(), &known), expected, "{host}");
        }
        for malformed in ["", "a b", "marks.example.org@evil.example", "marks.example.org/path", "[::1"] {
            assert!(name(malformed).is_none(), "{malformed}");
        }
    }
}
