//! Server-side rendering of pages: authentication, data, status, and security headers.

mod backend;
mod error_page;

use std::sync::Arc;

use app::{
    backend::{Backend, Instance},
    page_status::PageStatus,
    shell::{Assets, shell},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::{
    config::LeptosOptions,
    context::{provide_context, use_context},
    nonce::use_nonce,
};
use leptos_axum::ResponseOptions;

use self::backend::StoreBackend;
use crate::{assets, error::AppError, state::AppState};

/// What all pages need.
#[derive(Clone)]
pub(crate) struct Pages {
    state: AppState,
    options: LeptosOptions,
    assets: Assets,
    instance: Instance,
}

impl Pages {
    pub(crate) fn new(state: AppState, instance: Instance) -> Self {
        // Rendering spawns its futures there. Fails if it is set already, by another server in the same test process.
        let _ = any_spawner::Executor::init_tokio();
        let mut options = LeptosOptions::builder().output_name("playmarks").build();
        if let Some(port) = state.settings.leptos_reload_port.filter(|_| state.settings.leptos_watch) {
            options.env = leptos::config::Env::DEV;
            options.reload_port = port;
        }
        Self { state, options, assets: assets::manifest(), instance }
    }
}

/// The fallback of all routes: a file of the site, or a page.
pub(crate) async fn page_or_file(State(pages): State<Pages>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return AppError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "This address only supports reading. Check the address, or the method.",
        )
        .into_response();
    }
    if let Some(file) = assets::serve(request.uri(), request.headers()) {
        return file;
    }
    // After the files, which are public and must not cost a query.
    let (parts, body) = request.into_parts();
    let user = match pages.state.auth.authenticate(&parts).await {
        Ok(user) => user,
        // An invalid token means signed out; an unreachable database is an error.
        Err(error) if error.problem().status == 401 => None,
        Err(error) => return error_page::render(error, &pages.assets.css),
    };
    let backend = Arc::new(StoreBackend::new(user, Arc::clone(&pages.state.store)));
    render(pages, backend, Request::from_parts(parts, body)).await
}

async fn render(pages: Pages, backend: Arc<dyn Backend>, request: Request<Body>) -> Response {
    let status = PageStatus::default();
    let is_watched = pages.state.settings.leptos_watch;
    let contexts = {
        let (status, instance) = (status.clone(), pages.instance.clone());
        move || {
            provide_context(backend.clone());
            provide_context(instance.clone());
            provide_context(status.clone());
            let policy = use_nonce().and_then(|nonce| content_security_policy(&nonce, is_watched));
            if let (Some(policy), Some(response)) = (policy, use_context::<ResponseOptions>()) {
                response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
            }
        }
    };
    let Pages { options, assets, instance, .. } = pages;
    let document = move || shell(options.clone(), assets.clone(), instance.clone());
    let handler = leptos_axum::render_app_async_with_context(contexts, document);
    let mut response = handler(request).await;
    match StatusCode::from_u16(status.get()) {
        // The page is only for signed-in users.
        Ok(StatusCode::UNAUTHORIZED) => return Redirect::to("/sign-in").into_response(),
        // Unless the page asked for a redirect.
        Ok(status) if response.status() == StatusCode::OK => *response.status_mut() = status,
        _ => {}
    }
    // Pages are private: no cache may keep them, and "back" after signing out must not show them.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Allows the site's own files, thumbnails from YouTube's image host, and inline scripts with this response's nonce.
fn content_security_policy(nonce: &str, is_watched: bool) -> Option<HeaderValue> {
    // The reload socket of `cargo leptos watch` is on another port.
    let connect = if is_watched { "connect-src 'self' ws:" } else { "connect-src 'self'" };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data: https://i.ytimg.com; {connect}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}
