//! Accepts connections up to the limit, and serves each until it or the process ends.
//!
//! `axum::serve` has no limits on the time to send a request's headers and on the number of connections.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request, response::Response, serve::Listener};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;

use super::connection::LimitedConnection;

/// For everything but clients: the database, Redis, uploads, the metadata source.
const RESERVED_FILES: usize = 256;
/// How long a request's headers may take, and how long a connection may be idle between two requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long sent data may stay unacknowledged before the kernel drops the connection. Longer than the limits of a WebSocket, which close it
/// with a reason.
#[cfg(target_os = "linux")]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(45);

/// Serves until `shutdown`, and then until the last request is answered. WebSockets count towards `max_connections`, but this does not wait for
/// them: after the upgrade they are tasks of their own.
pub(super) async fn serve(mut listener: TcpListener, router: Router, max_connections: usize, shutdown: CancellationToken) {
    let permits = Arc::new(Semaphore::new(max_connections));
    let serving = TaskTracker::new();
    let mut is_full = false;
    // Further clients wait in the kernel's queue. `Listener::accept` retries after errors.
    let mut next = async || {
        let free = Arc::clone(&permits).try_acquire_owned();
        if free.is_err() && !is_full {
            tracing::warn!(max_connections, "there are as many connections as MAX_CONNECTIONS allows; more have to wait");
        }
        is_full = free.is_err();
        let permit = match free {
            Ok(permit) => Ok(permit),
            Err(_) => Arc::clone(&permits).acquire_owned().await,
        };
        (permit, Listener::accept(&mut listener).await)
    };
    while let Some((permit, (stream, peer))) = shutdown.run_until_cancelled(next()).await {
        let Ok(permit) = permit else { break };
        set_options(&stream);
        serving.spawn(serve_one(LimitedConnection::new(stream, permit), peer, router.clone(), shutdown.clone()));
    }
    drop(listener);
    serving.close();
    serving.wait().await;
}

async fn serve_one(connection: LimitedConnection, peer: SocketAddr, router: Router, shutdown: CancellationToken) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(router.clone(), request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(connection), service).with_upgrades());
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = shutdown.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection failed or timed out");
    }
}

async fn answer(mut router: Router, request: Request<Body>) -> Result<Response, Infallible> {
    router.call(request).await
}

/// The connection works without them too.
fn set_options(stream: &TcpStream) {
    // Otherwise a small frame waits until the previous one is acknowledged (Nagle).
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(TCP_USER_TIMEOUT));
}

/// Raises the soft limit to the hard one: services start with 1024, for compatibility with programs that use `select`. Returns how many
/// clients may connect, at most `wanted`.
pub(super) fn raise_file_limit(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let current = limit.current;
    limit.current = limit.maximum;
    let allowed = if setrlimit(Resource::Nofile, limit).is_ok() { limit.maximum } else { current };
    let clients =
        allowed.map_or(wanted, |file_limit| usize::try_from(file_limit).unwrap_or(usize::MAX).saturating_sub(RESERVED_FILES).max(1).min(wanted));
    if clients < wanted {
        tracing::warn!(clients, "the limit on open files is too low for MAX_CONNECTIONS; raise it (`ulimit -n`, `LimitNOFILE=`)");
    }
    clients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_limit_on_open_files_is_raised_to_the_hard_one() {
        raise_file_limit(usize::MAX);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
