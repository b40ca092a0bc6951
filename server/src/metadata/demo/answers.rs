//! Broken responses for the emulator: endless bodies, HTML pages, redirects.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    body::Body,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::json;

use super::scenario::{KEY_ERRORS, Outage, Scenario};

const CAPTCHA: &str = r#"<!DOCTYPE html><html><head><title>YouTube</title><script src="https://www.google.com/recaptcha/api.js"></script></head>
<body>Sorry for the interruption. We have been receiving a large volume of requests from your network.</body></html>"#;
const PAGE: &str = "<!doctype html><html><head><title>YouTube</title></head><body></body></html>";
/// Between the pieces of a body that never ends.
const DRIP_INTERVAL: Duration = Duration::from_millis(100);

pub(super) async fn response_for_scenario(scenario: Scenario) -> Response {
    match scenario {
        Scenario::EmbeddingDisabled => (StatusCode::UNAUTHORIZED, "Unauthorized").into_response(),
        Scenario::Private => (StatusCode::FORBIDDEN, "Forbidden").into_response(),
        Scenario::PrivateInBody => "Forbidden".into_response(),
        Scenario::Deleted => (StatusCode::NOT_FOUND, "Not Found").into_response(),
        Scenario::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response(),
        Scenario::Page => Html(PAGE).into_response(),
        Scenario::EmptyObject => Json(json!({})).into_response(),
        Scenario::Endless => streamed(
            None,
            futures::stream::unfold((), async |()| {
                tokio::time::sleep(DRIP_INTERVAL).await;
                Some((Ok(" ".to_owned()), ()))
            }),
        ),
        Scenario::CutShort => {
            let beginning = futures::stream::once(async { Ok(r#"{"title":"A ti"#.to_owned()) });
            let end = futures::stream::once(async {
                // The beginning is to be sent before.
                tokio::time::sleep(DRIP_INTERVAL).await;
                Err(std::io::ErrorKind::ConnectionReset.into())
            });
            streamed(Some(500), futures::StreamExt::chain(beginning, end))
        }
        Scenario::NoResponse => std::future::pending::<Result<Response, Infallible>>().await.into_response(),
    }
}

pub(super) fn response_for_outage(outage: Outage) -> Response {
    let redirect = |to: &'static str| (StatusCode::FOUND, [(header::LOCATION, to)], Html("<HTML><TITLE>302 Moved</TITLE></HTML>")).into_response();
    match outage {
        Outage::Forbidden => (StatusCode::FORBIDDEN, "Forbidden").into_response(),
        Outage::CaptchaPage => Html(CAPTCHA).into_response(),
        Outage::CaptchaStatus => (StatusCode::TOO_MANY_REQUESTS, Html(CAPTCHA)).into_response(),
        Outage::CaptchaRedirect => redirect("https://www.google.com/sorry/index?continue=https://www.youtube.com/oembed&q=EhAq"),
        Outage::ConsentRedirect => redirect("https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2F&gl=NL"),
        Outage::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response(),
        Outage::NoItems => {
            Json(json!({"kind": "youtube#videoListResponse", "items": [], "pageInfo": {"totalResults": 0, "resultsPerPage": 0}})).into_response()
        }
    }
}

/// Google's refusal of a key with the name of one of its reasons.
pub(super) fn response_for_key(key: &str) -> Option<Response> {
    let (status, reason) = KEY_ERRORS.into_iter().find(|(_, reason)| *reason == key)?;
    // Names in capitals come in the style of all of Google's APIs, beside a reason that says nothing.
    let (error, details) = if reason.starts_with("API_KEY") {
        let legacy = if status == 400 { "badRequest" } else { "forbidden" };
        (legacy, json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]))
    } else {
        (reason, json!([]))
    };
    let body =
        json!({"error": {"code": status, "message": "No.", "errors": [{"message": "No.", "domain": "global", "reason": error}], "details": details}});
    Some((StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN), Json(body)).into_response())
}

fn streamed(length: Option<u32>, body: impl futures::Stream<Item = std::io::Result<String>> + Send + 'static) -> Response {
    let mut response = Response::new(Body::from_stream(body));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    response
}
