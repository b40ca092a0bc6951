//! The session cookie: one opaque value that authenticates a browser's pages and REST calls.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::{
    config::Settings,
    error::{AppError, AppResult},
};

/// With this prefix, browsers accept the cookie only over HTTPS, and not from a subdomain.
const SECURE_NAME: &str = "__Host-playmarks";
/// For plain HTTP, where the prefix is not allowed.
const PLAIN_NAME: &str = "playmarks";

/// 400 days, the longest that browsers allow. When the session expires is decided in the database, which extends it with use; a cookie
/// with a shorter life would sign out somebody who visits every day.
const MAX_AGE_SECONDS: i64 = 400 * 86_400;

fn name(settings: &Settings) -> &'static str {
    if settings.is_secure() { SECURE_NAME } else { PLAIN_NAME }
}

/// The value of a request's session cookie.
pub(crate) fn value(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    CookieJar::from_headers(headers).get(name(settings)).map(|cookie| cookie.value().to_owned())
}

/// `Set-Cookie` for a new session.
///
/// # Errors
/// 500 if the value is not allowed in a header; our tokens always are.
pub(crate) fn set(value: &str, settings: &Settings) -> AppResult<HeaderValue> {
    header_value(value, MAX_AGE_SECONDS, settings)
}

/// `Set-Cookie` that deletes it.
///
/// # Errors
/// As [`set`].
pub(crate) fn clear(settings: &Settings) -> AppResult<HeaderValue> {
    header_value("", 0, settings)
}

fn header_value(value: &str, max_age: i64, settings: &Settings) -> AppResult<HeaderValue> {
    let mut cookie = Cookie::new(name(settings), value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(settings.is_secure());
    // `Cookie::set_max_age` takes a type of the crate `time`, which nothing else here uses.
    let text = format!("{cookie}; Max-Age={max_age}");
    HeaderValue::from_str(&text).map_err(|error| AppError::internal(&error))
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    fn settings(url: &str) -> Settings {
        Settings { public_url: Some(url.parse().unwrap()), ..Settings::defaults() }
    }

    fn flags(value: &HeaderValue) -> Vec<&str> {
        let mut flags: Vec<&str> = value.to_str().unwrap().split("; ").collect();
        flags.sort_unstable();
        flags
    }

    #[test]
    fn cookie_is_secure_when_public_url_is_https() {
        let secure = set("abc", &settings("https://marks.example.org")).unwrap();
        assert_eq!(flags(&secure), ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax", "Secure", "__Host-playmarks=abc"]);
        let plain = set("abc", &settings("http://127.0.0.1:3000")).unwrap();
        assert_eq!(flags(&plain), ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax", "playmarks=abc"]);
        let cleared = clear(&settings("https://marks.example.org")).unwrap();
        assert_eq!(flags(&cleared), ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure", "__Host-playmarks="]);
    }

    #[test]
    fn cookie_of_the_other_scheme_is_ignored() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("theme=dark; playmarks=plain"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-playmarks=secure"));
        assert_eq!(value(&headers, &settings("http://localhost")).as_deref(), Some("plain"));
        assert_eq!(value(&headers, &settings("https://localhost")).as_deref(), Some("secure"));
        assert_eq!(value(&HeaderMap::new(), &settings("http://localhost")), None);
    }
}
