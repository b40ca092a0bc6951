//! The one WebSocket. It opens, reports and closes; when and why is decided in `progress::connection`.

use std::{future::poll_fn, pin::Pin};

use futures::{
    Sink, StreamExt,
    future::{AbortHandle, Abortable},
};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use wasm_bindgen_futures::spawn_local;

/// RFC 6455's code for a connection that ended without a close frame.
const ABNORMAL: u16 = 1006;

/// What happens to a socket. `Closed` is the last.
pub(super) enum Event {
    /// The handshake succeeded.
    Opened,
    /// A text frame.
    Text(String),
    /// It is gone, or never was.
    Closed(u16),
}

/// An open or opening socket; closed when dropped, and nothing is reported from then on.
pub(super) struct Socket {
    task: AbortHandle,
}

impl Socket {
    /// Opens a socket. `on` is never called before this returns.
    pub(super) fn open(url: String, on: impl Fn(Event) + 'static) -> Self {
        let (task, registration) = AbortHandle::new_pair();
        spawn_local(async move {
            // Aborted: the future, and with it the browser's socket, is dropped.
            _ = Abortable::new(run(&url, on), registration).await;
        });
        Self { task }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(url: &str, on: impl Fn(Event)) {
    let Ok(mut socket) = WebSocket::open(url) else {
        on(Event::Closed(ABNORMAL));
        return;
    };
    // Ready to send as soon as the handshake is over, whichever way it ended.
    _ = poll_fn(|context| Pin::new(&mut socket).poll_ready(context)).await;
    if matches!(socket.state(), State::Open) {
        on(Event::Opened);
    }
    while let Some(message) = socket.next().await {
        match message {
            Ok(Message::Text(text)) => on(Event::Text(text)),
            Err(WebSocketError::ConnectionClose(close)) => {
                on(Event::Closed(close.code));
                return;
            }
            // No binary frame is part of the contract, and an error is followed by its close.
            Ok(Message::Bytes(_)) | Err(_) => {}
        }
    }
    on(Event::Closed(ABNORMAL));
}
