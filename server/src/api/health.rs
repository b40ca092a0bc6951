//! `/healthz`: the process is up. `/readyz`: the database is reachable; the bus is reported, but not required.

use std::time::Duration;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use serde::Serialize;

use super::Json;
use crate::state::AppState;

const PING_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(async || "ok")).route("/readyz", get(ready))
}

#[derive(Serialize)]
struct Readiness {
    /// `up` or `down`.
    database: &'static str,
    /// `up` or `down`.
    bus: &'static str,
    /// `local` or `redis`.
    bus_kind: &'static str,
}

async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Readiness>) {
    let database = matches!(tokio::time::timeout(PING_TIMEOUT, state.health.ping()).await, Ok(Ok(())));
    let state_of = |is_up| if is_up { "up" } else { "down" };
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { database: state_of(database), bus: state_of(state.bus.is_up()), bus_kind: state.bus.kind() }))
}
