//! All routes and middleware.

mod host;
mod min_body_rate;
mod rate_limit;
mod time_limit;

use std::{sync::Arc, time::Duration};

use app::backend::Instance;
use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};
use tracing::Span;

use crate::{
    api,
    auth::same_origin,
    error::AppError,
    forms,
    pages::{self, Pages},
    state::AppState,
    ws,
};

pub fn router(state: AppState, instance: Instance) -> Router {
    let pages = Router::new().fallback(pages::page_or_file).with_state(Pages::new(state.clone(), instance));
    let settings = Arc::clone(&state.settings);
    let rate_limiter = rate_limit::ClientRateLimiter::new(Arc::clone(&settings), governor::clock::DefaultClock::default());
    let is_secure = settings.is_secure();
    let router = Router::new()
        .route("/api/ws/progress", get(ws::upgrade))
        .merge(api::routes())
        .merge(forms::routes(pages.clone()))
        .with_state(state)
        .fallback_service(pages)
        .layer(middleware::from_fn_with_state(Arc::clone(&settings), same_origin::check))
        .layer(middleware::from_fn_with_state(settings, host::check))
        .layer(middleware::from_fn(time_limit::check))
        .layer(middleware::from_fn_with_state(rate_limiter, rate_limit::check))
        .layer(middleware::from_fn(min_body_rate::check))
        .layer(CatchPanicLayer::custom(panic_response))
        .layer(default_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(default_header(header::X_FRAME_OPTIONS, "DENY"))
        // `no-referrer` would make forms send `Origin: null`, and the same-origin check refuse them.
        .layer(default_header(header::REFERRER_POLICY, "same-origin"))
        .layer(default_header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(default_header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(default_header(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"))
        // Assets set their own; everything else belongs to one user.
        .layer(default_header(header::CACHE_CONTROL, "no-store"))
        // Only pages set a policy of their own; everything else may load nothing.
        .layer(default_header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(TraceLayer::new_for_http().make_span_with(request_span).on_request(()).on_response(log_response).on_failure(()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid));
    if is_secure {
        // A year. Not for subdomains, which are not ours to speak for.
        router.layer(default_header(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
    } else {
        router
    }
}

/// A header of responses that do not set it themselves.
fn default_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Without the query, which contains WebSocket tickets and what people search for.
fn request_span(request: &Request) -> Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

fn log_response(response: &Response, latency: Duration, _: &Span) {
    let (status, ms) = (response.status().as_u16(), latency.as_millis() as u64);
    if status >= 500 {
        tracing::warn!(status, ms, "responded");
    } else {
        tracing::debug!(status, ms, "responded");
    }
    metrics::counter!("playmarks_responses_total", "status" => status.to_string()).increment(1);
    metrics::histogram!("playmarks_response_seconds").record(latency.as_secs_f64());
}

/// A handler's panic fails only its own request.
fn panic_response(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
    metrics::counter!("playmarks_panics_total").increment(1);
    AppError::internal(&format!("panic: {text}")).into_response()
}
