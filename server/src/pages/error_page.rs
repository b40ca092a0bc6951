//! The page for errors that keep a page from being rendered: without scripts, and without data from the database.

use app::wording;
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::error::AppError;

/// Allows only the style sheet and the icon.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Keeps the error's status and `Retry-After`.
pub(super) fn render(error: AppError, css: &str) -> Response {
    let ((title, label, href), detail) = (wording::next_step_link(error.problem()), html_escape::encode_text(&error.problem().detail));
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} – Playmarks</title><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"{css}\"></head><body><header class=\"site-header\"><a class=\"brand\" href=\"/\"><img src=\"/favicon.svg\" width=\"22\" height=\"22\" alt=\"\">Playmarks</a></header>\
         <main id=\"main\"><div class=\"empty-state\"><h1>{title}</h1><p>{detail}</p>\
         <a class=\"button\" href=\"{href}\">{label}</a></div></main></body></html>"
    );
    let mut response = error.into_response();
    *response.body_mut() = Body::from(html);
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn error_page_keeps_status_and_retry_after() {
        let response = render(AppError::unavailable(), "/pkg/x.css");
        assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (503, "2"));
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
        let html = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let html = std::str::from_utf8(&html).unwrap();
        assert!(html.contains("<h1>Something went wrong</h1>") && html.contains("Nothing is lost"), "{html}");
    }

    #[tokio::test]
    async fn error_page_escapes_the_detail() {
        let response = render(AppError::unprocessable("odd", "No <b>video</b> & no list."), "/pkg/x.css");
        let html = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(std::str::from_utf8(&html).unwrap().contains("<p>No &lt;b&gt;video&lt;/b&gt; &amp; no list.</p>"));
    }
}
