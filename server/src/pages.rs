//! Pages rendered here before the browser takes over: who asks, what they may see, and the headers around it.

mod data;
mod failure;

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

use self::data::InProcess;
use crate::{assets, error::AppError, state::AppState};

/// What all pages have in common.
#[derive(Clone)]
pub struct Pages {
    state: AppState,
    options: LeptosOptions,
    assets: Assets,
    instance: Instance,
}

impl Pages {
    /// Reads the site's manifest.
    pub fn new(state: AppState, instance: Instance) -> Self {
        // Where rendering spawns what it waits for. Once a process; a second system in a test finds it there.
        let _ = any_spawner::Executor::init_tokio();
        let mut options = LeptosOptions::builder().output_name("playmarks").build();
        if let Some(port) = state.settings.leptos_reload_port.filter(|_| state.settings.leptos_watch) {
            options.env = leptos::config::Env::DEV;
            options.reload_port = port;
        }
        Self { state, options, assets: assets::manifest(), instance }
    }
}

/// Any address that is no other route: a file of the site, or a page.
pub async fn page_or_file(State(pages): State<Pages>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return AppError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address can be read, not written to.").into_response();
    }
    if let Some(file) = assets::serve(request.uri(), request.headers()) {
        return file;
    }
    // Asked after the files, which are anybody's and need no look into the database.
    let (parts, body) = request.into_parts();
    let user = match pages.state.auth.authenticate(&parts).await {
        Ok(user) => user,
        // A session that has ended is nobody; a database that is away is said.
        Err(error) if error.problem().status == 401 => None,
        Err(error) => return failure::page(error, &pages.assets.css),
    };
    let backend = Arc::new(InProcess::new(user, Arc::clone(&pages.state.store)));
    render(pages, backend, Request::from_parts(parts, body)).await
}

async fn render(pages: Pages, backend: Arc<dyn Backend>, request: Request<Body>) -> Response {
    let status = PageStatus::default();
    let watched = pages.state.settings.leptos_watch;
    let contexts = {
        let (status, instance) = (status.clone(), pages.instance.clone());
        move || {
            provide_context(backend.clone());
            provide_context(instance.clone());
            provide_context(status.clone());
            let policy = use_nonce().and_then(|nonce| policy(&nonce, watched));
            if let (Some(policy), Some(answer)) = (policy, use_context::<ResponseOptions>()) {
                answer.insert_header(header::CONTENT_SECURITY_POLICY, policy);
            }
        }
    };
    let Pages { options, assets, instance, .. } = pages;
    let document = move || shell(options.clone(), assets.clone(), instance.clone());
    let handler = leptos_axum::render_app_async_with_context(contexts, document);
    let mut response = handler(request).await;
    match StatusCode::from_u16(status.get()) {
        // What the page shows is somebody's, and nobody is signed in.
        Ok(StatusCode::UNAUTHORIZED) => return Redirect::to("/sign-in").into_response(),
        // A redirect that a page asked for stands.
        Ok(status) if response.status() == StatusCode::OK => *response.status_mut() = status,
        _ => {}
    }
    // A page is somebody's: no cache keeps it, and going back after signing out shows nothing.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What a page may load: its own files, thumbnails from YouTube's image host, and inline script with this answer's nonce.
fn policy(nonce: &str, watched: bool) -> Option<HeaderValue> {
    // The watcher's reload socket has a port of its own.
    let connect = if watched { "connect-src 'self' ws:" } else { "connect-src 'self'" };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; style-src-attr 'unsafe-inline'; \
         img-src 'self' data: https://i.ytimg.com; {connect}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}
