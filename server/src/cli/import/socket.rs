//! The WebSocket, opened with the HTTP client of all other requests, so that proxies and certificates are the same.

use app::wire::{Frame, Problem};
use futures::StreamExt;
use reqwest::{Method, StatusCode, Upgraded, header};
use tokio::sync::mpsc;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::Role,
    },
};

use super::{problem, server::Server};

/// RFC 6455, 7.4.1: the connection ended without a close frame.
const ABNORMAL_CLOSURE: u16 = 1006;

pub(super) enum SocketEvent {
    Opened,
    /// `None` for a frame of a newer server that this version does not know.
    Frame(Option<Frame>),
    /// With the close code of RFC 6455.
    Closed(u16),
}

/// Opens a socket with a ticket and forwards its events until it closes or the receiver is dropped.
pub(super) async fn run<T>(server: &Server, ticket: &str, to: &mpsc::Sender<T>, wrap: impl Fn(SocketEvent) -> T) {
    let Ok(mut socket) = connect(server, ticket).await else {
        let _ = to.send(wrap(SocketEvent::Closed(ABNORMAL_CLOSURE))).await;
        return;
    };
    let mut event = SocketEvent::Opened;
    while to.send(wrap(event)).await.is_ok() {
        event = loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => break SocketEvent::Frame(Frame::parse(&text)),
                Some(Ok(Message::Close(frame))) => {
                    let _ = to.send(wrap(SocketEvent::Closed(frame.map_or(ABNORMAL_CLOSURE, |frame| frame.code.into())))).await;
                    return;
                }
                // The library answers pings at its next read.
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    let _ = to.send(wrap(SocketEvent::Closed(ABNORMAL_CLOSURE))).await;
                    return;
                }
            }
        };
    }
}

/// The handshake of RFC 6455, 4.1.
async fn connect(server: &Server, ticket: &str) -> Result<WebSocketStream<Upgraded>, Problem> {
    let key = generate_key();
    let request = || {
        let request = server.request(Method::GET, "/api/ws/progress").query(&[("token", ticket), ("control", "1")]);
        let request = request.header(header::CONNECTION, "Upgrade").header(header::UPGRADE, "websocket");
        Ok(request.header(header::SEC_WEBSOCKET_VERSION, "13").header(header::SEC_WEBSOCKET_KEY, &key))
    };
    let answer = server.send(request).await?;
    let accepted = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT).is_some_and(|value| value == derive_accept_key(key.as_bytes()).as_str());
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS || !accepted {
        return Err(problem("no_websocket", "The server, or a proxy in front of it, does not support WebSockets."));
    }
    let stream = answer.upgrade().await.map_err(|_| problem("no_websocket", "The connection was lost."))?;
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, None).await)
}
