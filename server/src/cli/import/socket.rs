//! The WebSocket of progress, over the same HTTP client as everything else: proxies and certificates are the same.

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

/// RFC 6455's code for a connection that ended without one.
const ABNORMAL: u16 = 1006;

/// What is heard.
pub(super) enum Heard {
    /// The handshake succeeded.
    Opened,
    /// A frame; `None` where a newer server says something that is not known here.
    Frame(Option<Frame>),
    /// The end, with RFC 6455's code.
    Closed(u16),
}

/// Opens a socket with a ticket and hands everything on, until its end or until nobody listens.
pub(super) async fn run<T>(server: &Server, ticket: &str, to: &mpsc::Sender<T>, wrap: impl Fn(Heard) -> T) {
    let Ok(mut socket) = open(server, ticket).await else {
        let _ = to.send(wrap(Heard::Closed(ABNORMAL))).await;
        return;
    };
    let mut heard = Heard::Opened;
    while to.send(wrap(heard)).await.is_ok() {
        heard = loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => break Heard::Frame(Frame::parse(&text)),
                Some(Ok(Message::Close(frame))) => {
                    let _ = to.send(wrap(Heard::Closed(frame.map_or(ABNORMAL, |frame| frame.code.into())))).await;
                    return;
                }
                // A ping is answered by the library, at its next read.
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    let _ = to.send(wrap(Heard::Closed(ABNORMAL))).await;
                    return;
                }
            }
        };
    }
}

/// The handshake of RFC 6455, 4.1.
async fn open(server: &Server, ticket: &str) -> Result<WebSocketStream<Upgraded>, Problem> {
    let key = generate_key();
    let request = || {
        let request = server.request(Method::GET, "/api/ws/progress").query(&[("token", ticket), ("control", "1")]);
        let request = request.header(header::CONNECTION, "Upgrade").header(header::UPGRADE, "websocket");
        Ok(request.header(header::SEC_WEBSOCKET_VERSION, "13").header(header::SEC_WEBSOCKET_KEY, &key))
    };
    let answer = server.send(request).await?;
    let accepted = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT).is_some_and(|value| value == derive_accept_key(key.as_bytes()).as_str());
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS || !accepted {
        return Err(problem("no_websocket", "The server, or a proxy before it, does not pass WebSockets on."));
    }
    let stream = answer.upgrade().await.map_err(|_| problem("no_websocket", "The connection broke off."))?;
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, None).await)
}
