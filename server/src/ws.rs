//! `GET /api/ws/progress`: from the request to a running session.
//!
//! Query strings of this path contain a token and are never logged: the router's trace layer logs the route without its query.

mod session;

use std::{future::Future, sync::Arc, time::Duration};

use app::wire::{ProgressUpdate, Timestamp};
use axum::{
    Error,
    extract::{
        RawQuery, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{self, error::ProtocolError};

pub(crate) use self::session::{Session, run};
use crate::{
    auth::{Client, SocketUser},
    clock,
    error::AppError,
    hub::{Attachment, CloseReason},
    state::AppState,
    store::Store,
};

/// Sent in heartbeats.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Maximum size of a client's message, in bytes; clients have nothing to send.
const MAX_INBOUND_BYTES: usize = 4 * 1024;
/// Allocated for every socket. Large enough for pongs; it grows when needed.
const READ_BUFFER_BYTES: usize = 1024;
/// Frames are buffered up to this size before they are written.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;
/// Room for that and twice the largest update; nothing is added while a write is blocked.
const MAX_WRITE_BUFFER_BYTES: usize = 48 * 1024;

/// Authenticates by `?token=` only, registers with the hub, and upgrades. 401, 429 and 503 must be sent before the upgrade.
pub(crate) async fn upgrade(
    State(state): State<AppState>,
    client: Client,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, AppError> {
    let Query { token, control } = Query::parse(query.as_deref().unwrap_or_default());
    let token = token.ok_or_else(AppError::signed_out)?;
    // Before the token is checked, because a request that cannot be upgraded must not spend a ticket.
    let upgrade = match upgrade {
        Ok(upgrade) if has_valid_key(&headers) => upgrade,
        Ok(_) => return Ok(not_a_handshake(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is not 16 bytes in base64")),
        Err(_) if !asks_for_a_websocket(&headers) => {
            return Ok(not_a_handshake(StatusCode::UPGRADE_REQUIRED, "The request asks for no upgrade; perhaps a proxy does not pass it on"));
        }
        Err(rejection) => return Ok(not_a_handshake(rejection.status(), &rejection.body_text())),
    };
    let permit = state.auth.socket_permit(&client)?;
    let socket_user = state.auth.authenticate_socket(&token).await?;
    let attachment = state.hub.attach(socket_user, control).await?;
    // Tracked from here, so that shutdown waits for upgrades in progress.
    let held = (state.sockets.token(), permit);
    Ok(accept(upgrade, attachment, socket_user.expires_at, Box::pin(load_snapshot(state.store, socket_user)), held))
}

/// RFC 6455, 4.2.1. Over HTTP/2 there is no key (RFC 8441).
fn has_valid_key(headers: &HeaderMap) -> bool {
    headers.get(header::SEC_WEBSOCKET_KEY).is_none_or(|key| STANDARD.decode(key).is_ok_and(|key| key.len() == 16))
}

fn asks_for_a_websocket(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Says which version of the protocol would be accepted (RFC 6455, 4.4), and with 426 which protocol (RFC 9110, 15.5.22).
fn not_a_handshake(status: StatusCode, why: &str) -> Response {
    let detail = format!("This address takes WebSocket handshakes only (RFC 6455, version 13). {why}.");
    let mut response = AppError::new(status, "upgrade_required", detail).into_response();
    response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    if status == StatusCode::UPGRADE_REQUIRED {
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    }
    response
}

/// Answers 101 and runs the session once the connection is upgraded. `snapshot` is polled after the upgrade; `held` is dropped at the end.
pub fn accept(
    upgrade: WebSocketUpgrade,
    attachment: Attachment,
    expires_at: Option<Timestamp>,
    snapshot: impl Future<Output = Result<Vec<ProgressUpdate>, CloseReason>> + Send + 'static,
    held: impl Send + 'static,
) -> Response {
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(MAX_INBOUND_BYTES)
        .max_frame_size(MAX_INBOUND_BYTES)
        .on_upgrade(move |socket| async move {
            let expires_at = expires_at.map(|at| Instant::now() + time_until(at));
            run(Session { socket, attachment, expires_at, close_reason }, snapshot).await;
            drop(held);
        })
}

/// Also checks the session again, which may have ended while the socket was opened.
async fn load_snapshot(store: Arc<dyn Store>, socket_user: SocketUser) -> Result<Vec<ProgressUpdate>, CloseReason> {
    let (is_live, snapshot) = tokio::join!(store.is_live(socket_user.session_id), store.snapshot(socket_user.user_id));
    match (is_live, snapshot) {
        (Ok(false), _) => Err(CloseReason::SessionEnded),
        (Ok(true), Ok(states)) => Ok(states),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "the snapshot of a socket could not be read; the client will reconnect");
            Err(CloseReason::StoreUnavailable)
        }
    }
}

/// RFC 6455, 7.4.1. `None` where nobody is left who could read a close frame.
fn close_reason(error: &Error) -> Option<CloseReason> {
    match std::error::Error::source(error)?.downcast_ref()? {
        tungstenite::Error::Capacity(_) => Some(CloseReason::MessageTooBig),
        tungstenite::Error::Utf8(_) => Some(CloseReason::InvalidText),
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some(CloseReason::Protocol),
        _ => None,
    }
}

/// Zero if it has passed according to this machine's clock.
fn time_until(at: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(at.micros().saturating_sub(clock::now().micros())).unwrap_or(0))
}

/// The first value of each parameter counts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Query {
    token: Option<String>,
    control: bool,
}

impl Query {
    fn parse(query: &str) -> Self {
        let find = |name: &str| url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        Self { token: find("token").filter(|token| !token.is_empty()), control: find("control").is_some_and(|value| value == "1") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_parameters_are_parsed_and_an_empty_token_is_none() {
        let query = |token: Option<&str>, control| Query { token: token.map(Into::into), control };
        assert_eq!(Query::parse("token=a.b-c_d&control=1"), query(Some("a.b-c_d"), true));
        assert_eq!(Query::parse("token=a%2Bb&control=0"), query(Some("a+b"), false));
        assert_eq!(Query::parse("token="), query(None, false));
        assert_eq!(Query::parse(""), query(None, false));
    }

    #[test]
    fn expiry_in_the_past_is_clamped_to_now() {
        assert_eq!(time_until(Timestamp::from_micros(0)), Duration::ZERO);
        assert!(time_until(Timestamp::from_micros(i64::MAX)) > Duration::from_secs(1));
    }
}
