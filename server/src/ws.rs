//! `GET /api/ws/progress`: from the request to a running session.
//!
//! Query strings of this path carry a token, and are never logged: the router's trace layer names the route and nothing behind `?`.

mod session;

use std::{future::Future, sync::Arc, time::Duration};

use app::wire::{ProgressUpdate, Timestamp};
use axum::{
    Error,
    extract::{
        RawQuery, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::{IntoResponse, Response},
};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite;
use tokio_util::task::TaskTracker;

pub use self::session::{Session, run};
use crate::{
    auth::SocketUser,
    error::AppError,
    hub::{Attachment, CloseReason},
    state::AppState,
    store::Store,
};

/// The server's version, as heartbeats tell it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a client may send at most, in bytes: it has nothing to say.
const MAX_INBOUND: usize = 4 * 1024;
/// The read buffer is allocated for every socket, and holds pongs; for more it grows.
const READ_BUFFER: usize = 1024;
/// Frames that go out together are gathered up to here before they are written.
const WRITE_BUFFER: usize = 4 * 1024;
/// Room for that and the largest update, twice; nothing is added while a write is blocked.
const MAX_WRITE_BUFFER: usize = 48 * 1024;

/// Authenticates by `?token=` alone, finds a place in the hub, and upgrades: 401, 429 and 503 are said while they still can be.
pub async fn upgrade(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, AppError> {
    let Query { token, control } = Query::parse(query.as_deref().unwrap_or_default());
    let token = token.ok_or_else(AppError::signed_out)?;
    // Before the token is read: a ticket is not to be spent on a request that cannot become a socket.
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let who = state.auth.socket(&token).await?;
    let attachment = state.hub.attach(who, control).await?;
    Ok(accept(upgrade, attachment, who.expires_at, Box::pin(opening(state.store, who)), &state.sockets))
}

/// Answers 101 and runs the session once the connection is upgraded. `opening` reads the snapshot, once the socket is open.
pub fn accept(
    upgrade: WebSocketUpgrade,
    attachment: Attachment,
    expires_at: Option<Timestamp>,
    opening: impl Future<Output = Result<Vec<ProgressUpdate>, CloseReason>> + Send + 'static,
    sockets: &TaskTracker,
) -> Response {
    // Taken here and not in the task, so that no shutdown overlooks an upgrade that is under way.
    let tracked = sockets.token();
    upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(MAX_INBOUND)
        .max_frame_size(MAX_INBOUND)
        .on_upgrade(move |socket| async move {
            let expires_at = expires_at.map(|at| Instant::now() + from_now(at));
            run(Session { socket, attachment, expires_at, too_big }, opening).await;
            drop(tracked);
        })
}

/// The session once more, since it may have ended while the socket was opened, and the snapshot.
async fn opening(store: Arc<dyn Store>, who: SocketUser) -> Result<Vec<ProgressUpdate>, CloseReason> {
    let (session, snapshot) = tokio::join!(store.session(who.session_id), store.snapshot(who.user_id));
    match (session, snapshot) {
        (Ok(None), _) => Err(CloseReason::SessionEnded),
        (Ok(Some(_)), Ok(states)) => Ok(states),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(%error, "a socket could not be given its snapshot; it will reconnect");
            Err(CloseReason::StoreUnavailable)
        }
    }
}

/// True where a message was refused for its size.
fn too_big(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<tungstenite::Error>());
    matches!(cause, Some(tungstenite::Error::Capacity(_)))
}

/// How long until an instant of this machine's clock; nothing where it has passed.
fn from_now(at: Timestamp) -> Duration {
    let now = chrono::Utc::now().timestamp_micros();
    Duration::from_micros(u64::try_from(at.micros().saturating_sub(now)).unwrap_or(0))
}

/// The two parameters; the first of each counts.
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
    fn parameters() {
        let query = |token: Option<&str>, control| Query { token: token.map(Into::into), control };
        assert_eq!(Query::parse("token=a.b-c_d&control=1"), query(Some("a.b-c_d"), true));
        assert_eq!(Query::parse("token=a%2Bb&control=0"), query(Some("a+b"), false));
        assert_eq!(Query::parse("token="), query(None, false));
        assert_eq!(Query::parse(""), query(None, false));
    }

    #[test]
    fn it_is_a_handler() {
        let _: axum::routing::MethodRouter<AppState> = axum::routing::get(upgrade);
    }

    #[test]
    fn what_has_passed_is_now() {
        assert_eq!(from_now(Timestamp::from_micros(0)), Duration::ZERO);
        assert!(from_now(Timestamp::from_micros(i64::MAX)) > Duration::from_secs(1));
    }
}
