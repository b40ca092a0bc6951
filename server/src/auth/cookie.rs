//! The session cookie: one opaque value for pages and REST of a browser.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::{
    config::Settings,
    error::{AppError, AppResult},
};

/// On HTTPS, the prefix makes browsers refuse it from a subdomain or over plain HTTP.
const SECURE_NAME: &str = "__Host-playmarks";
/// On HTTP, where that prefix is not possible.
const PLAIN_NAME: &str = "playmarks";

/// Seconds a browser keeps it: 400 days, the most that browsers allow. How long the session lives is the database's to say, which
/// prolongs it with use; a shorter cookie would end it for somebody who comes every day.
const MAX_AGE: i64 = 400 * 86_400;

fn name(settings: &Settings) -> &'static str {
    if settings.is_secure() { SECURE_NAME } else { PLAIN_NAME }
}

/// The session cookie's value in a request.
pub fn value(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    CookieJar::from_headers(headers).get(name(settings)).map(|cookie| cookie.value().to_owned())
}

/// `Set-Cookie` for a new session.
///
/// # Errors
/// 500 where the value is not one that a header can carry, which ours always is.
pub fn set(value: &str, settings: &Settings) -> AppResult<HeaderValue> {
    header_value(value, MAX_AGE, settings)
}

/// `Set-Cookie` that takes it away.
///
/// # Errors
/// As [`set`].
pub fn clear(settings: &Settings) -> AppResult<HeaderValue> {
    header_value("", 0, settings)
}

fn header_value(value: &str, max_age: i64, settings: &Settings) -> AppResult<HeaderValue> {
    let mut cookie = Cookie::new(name(settings), value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(settings.is_secure());
    // The crate's own type for it is of a crate that nothing else here needs.
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
    fn flags_on_https_and_on_http() {
        let secure = set("abc", &settings("https://marks.example.org")).unwrap();
        assert_eq!(flags(&secure), ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax", "Secure", "__Host-playmarks=abc"]);
        let plain = set("abc", &settings("http://127.0.0.1:3000")).unwrap();
        assert_eq!(flags(&plain), ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=Lax", "playmarks=abc"]);
        let cleared = clear(&settings("https://marks.example.org")).unwrap();
        assert_eq!(flags(&cleared), ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure", "__Host-playmarks="]);
    }

    #[test]
    fn only_the_name_of_this_scheme_is_read() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("theme=dark; playmarks=plain"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-playmarks=secure"));
        assert_eq!(value(&headers, &settings("http://localhost")).as_deref(), Some("plain"));
        assert_eq!(value(&headers, &settings("https://localhost")).as_deref(), Some("secure"));
        assert_eq!(value(&HeaderMap::new(), &settings("http://localhost")), None);
    }
}
