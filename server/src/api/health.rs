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
    /// A sentence, while the bus is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    bus_problem: Option<String>,
}

async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Readiness>) {
    let database = matches!(tokio::time::timeout(PING_TIMEOUT, state.health.ping()).await, Ok(Ok(())));
    let state_of = |is_up| if is_up { "up" } else { "down" };
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let bus_problem = state.bus.problem();
    let bus = state_of(bus_problem.is_none());
    (status, Json(Readiness { database: state_of(database), bus, bus_kind: state.bus.kind(), bus_problem }))
}
