//! `POST /api/ws/ticket`: asked for before each connect, so that no long-lived secret is ever in a URL. It refuses for the same
//! reasons as the upgrade, because a page cannot see why a handshake failed.

use app::wire::Ticket;
use axum::{Router, extract::State, http::StatusCode, routing::post};

use super::Json;
use crate::{auth::CurrentUser, error::AppResult, state::AppState};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/ws/ticket", post(ticket))
}

async fn ticket(State(state): State<AppState>, user: CurrentUser) -> AppResult<(StatusCode, Json<Ticket>)> {
    state.hub.check_capacity(user.account.id)?;
    Ok((StatusCode::CREATED, Json(state.auth.issue_ticket(user.session_id).await?)))
}
