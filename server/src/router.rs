//! Every route and layer, in one place.

mod pace;
mod rate;
mod time_limit;

use std::time::Duration;

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

/// The whole site.
pub fn router(state: AppState, instance: Instance) -> Router {
    let pages = Router::new().fallback(pages::page_or_file).with_state(Pages::new(state.clone(), instance));
    let settings = std::sync::Arc::clone(&state.settings);
    let rate = rate::RequestRate::new(std::sync::Arc::clone(&settings), governor::clock::DefaultClock::default());
    Router::new()
        .route("/api/ws/progress", get(ws::upgrade))
        .merge(api::routes())
        .merge(forms::routes(pages.clone()))
        .with_state(state)
        .fallback_service(pages)
        .layer(middleware::from_fn_with_state(settings, same_origin::check))
        .layer(middleware::from_fn(time_limit::check))
        .layer(middleware::from_fn(pace::check))
        .layer(middleware::from_fn_with_state(rate, rate::check))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        // `no-referrer` would make forms send `Origin: null`, and the same-origin check refuse them.
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(fixed(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"))
        // Whatever did not set a policy of its own is not a page, and may load nothing.
        .layer(fixed(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(log_response).on_failure(()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
}

/// Set where the handler did not.
fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// The path alone: queries carry WebSocket tickets and what people search for.
fn span(request: &Request) -> Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

fn log_response(response: &Response, took: Duration, _: &Span) {
    let (status, ms) = (response.status().as_u16(), took.as_millis() as u64);
    if status >= 500 {
        tracing::warn!(status, ms, "answered");
    } else {
        tracing::debug!(status, ms, "answered");
    }
    metrics::counter!("playmarks_responses_total", "status" => status.to_string()).increment(1);
    metrics::histogram!("playmarks_response_seconds").record(took.as_secs_f64());
}

/// A handler's panic ends its request and nothing else.
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
    metrics::counter!("playmarks_panics_total").increment(1);
    AppError::internal(&format!("panic: {text}")).into_response()
}
