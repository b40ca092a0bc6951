//! The listener: takes connections in, as many as there is room for, and serves each until it or the process ends.
//!
//! axum's own would do but for what it leaves unlimited: how long a client may take for a request's head, and how many there may be.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request, response::Response, serve::Listener};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

use super::connection::Connection;

/// How long a request's head may take, and how long a connection may idle between two requests.
const HEAD: Duration = Duration::from_secs(30);
/// How long the other end may leave what was sent unacknowledged, or take nothing: then the connection breaks, whatever it carries.
/// Longer than a WebSocket's own limits, which say why they close.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(45);

/// Serves until `shutdown`, and then until the last request is answered. WebSockets count among the `most` connections, but are not waited
/// for: once upgraded they are tasks of their own.
pub(super) async fn serve(mut listener: TcpListener, router: Router, most: usize, shutdown: CancellationToken) {
    let room = Arc::new(Semaphore::new(most));
    let serving = TaskTracker::new();
    let mut full = false;
    // More than there is room for wait in the kernel's queue. Errors of `accept` are waited out in there.
    let mut next = async || {
        let free = Arc::clone(&room).try_acquire_owned();
        if free.is_err() && !full {
            tracing::warn!(most, "there are as many connections as MAX_CONNECTIONS allows; more have to wait");
        }
        full = free.is_err();
        let place = match free {
            Ok(place) => Ok(place),
            Err(_) => Arc::clone(&room).acquire_owned().await,
        };
        (place, Listener::accept(&mut listener).await)
    };
    while let Some((place, (stream, peer))) = shutdown.run_until_cancelled(next()).await {
        let Ok(place) = place else { break };
        set_options(&stream);
        serving.spawn(serve_one(Connection::new(stream, place), peer, router.clone(), shutdown.clone()));
    }
    drop(listener);
    serving.close();
    serving.wait().await;
}

async fn serve_one(connection: Connection, peer: SocketAddr, router: Router, shutdown: CancellationToken) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(router.clone(), request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(connection), service).with_upgrades());
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = shutdown.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection broke, or was given up");
    }
}

async fn answer(mut router: Router, request: Request<Body>) -> Result<Response, Infallible> {
    router.call(request).await
}

/// Where they cannot be set, the connection works all the same.
fn set_options(stream: &TcpStream) {
    // Without it, a small frame waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED));
}
