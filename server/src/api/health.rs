//! `/healthz`: the process is up. `/readyz`: the database can be reached; the bus is reported, and not required.

use std::time::Duration;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use serde::Serialize;

use super::Json;
use crate::state::AppState;

/// A database that takes longer to say that it is there is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(async || "ok")).route("/readyz", get(ready))
}

/// The answer of `/readyz`.
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
    let database = matches!(tokio::time::timeout(PATIENCE, state.health.ping()).await, Ok(Ok(())));
    let word = |up| if up { "up" } else { "down" };
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { database: word(database), bus: word(state.bus.is_up()), bus_kind: state.bus.kind() }))
}
