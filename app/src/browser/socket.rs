//! The WebSocket. `progress::connection` decides when it opens and closes.

use std::{future::poll_fn, pin::Pin};

use futures::{
    Sink, StreamExt,
    future::{AbortHandle, Abortable},
};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use wasm_bindgen_futures::spawn_local;

/// RFC 6455: closed without a close frame.
const ABNORMAL: u16 = 1006;

/// `Closed` is the last event.
pub(super) enum Event {
    Opened,
    Text(String),
    /// Also if it could not be opened.
    Closed(u16),
}

/// Closed when dropped; no event is reported afterwards.
pub(super) struct Socket {
    task: AbortHandle,
}

impl Socket {
    /// `on` is never called before this returns.
    pub(super) fn open(url: String, on: impl Fn(Event) + 'static) -> Self {
        let (task, registration) = AbortHandle::new_pair();
        spawn_local(async move {
            // Aborting drops the future and with it the browser's socket.
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
    // Becomes ready when the handshake has succeeded or failed.
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
            // The contract has no binary frames, and an error is followed by a close.
            Ok(Message::Bytes(_)) | Err(_) => {}
        }
    }
    on(Event::Closed(ABNORMAL));
}
