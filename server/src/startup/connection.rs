//! A client's connection with its permit, which counts towards MAX_CONNECTIONS. A WebSocket keeps both after the upgrade.
//!
//! A connection that is closed with unread input is reset, and the client may lose what was sent to it last, such as a close frame or
//! the answer to an upload. So it is closed for writing first, and what still comes is discarded for a while (RFC 9112, 9.6).

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
    runtime::Handle,
    sync::OwnedSemaphorePermit,
    time::timeout,
};

/// How long input is discarded after the end.
const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
/// How much input is discarded after the end.
const MAX_LINGER_BYTES: u64 = 1024 * 1024;

/// Releases its permit once it is closed, at most [`LINGER_TIMEOUT`] after it was dropped.
pub(super) struct LimitedConnection {
    /// `None` only while it is dropped.
    open: Option<(TcpStream, OwnedSemaphorePermit)>,
    /// The client has closed its side, or the connection broke.
    is_ended: bool,
}

impl LimitedConnection {
    pub(super) fn new(stream: TcpStream, permit: OwnedSemaphorePermit) -> Self {
        Self { open: Some((stream, permit)), is_ended: false }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().open.as_mut().expect("taken by drop alone").0)
    }
}

impl Drop for LimitedConnection {
    fn drop(&mut self) {
        if let (Some((mut stream, permit)), false, Ok(runtime)) = (self.open.take(), self.is_ended, Handle::try_current()) {
            runtime.spawn(async move {
                let discarding = async {
                    stream.shutdown().await?;
                    tokio::io::copy(&mut stream.take(MAX_LINGER_BYTES), &mut tokio::io::sink()).await
                };
                let _ = timeout(LINGER_TIMEOUT, discarding).await;
                drop(permit);
            });
        }
    }
}

impl AsyncRead for LimitedConnection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        let read = self.as_mut().stream().poll_read(cx, buffer);
        self.is_ended |= match &read {
            Poll::Ready(Ok(())) => room > 0 && buffer.remaining() == room,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        read
    }
}

impl AsyncWrite for LimitedConnection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, bytes)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.open.as_ref().is_some_and(|(stream, _)| stream.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::{net::TcpListener, sync::Semaphore};

    use super::*;

    #[tokio::test]
    async fn last_answer_arrives_though_input_was_left_unread() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(&[0; 32 * 1024]).await.unwrap();
        let permits = Arc::new(Semaphore::new(1));
        let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
        let mut connection = LimitedConnection::new(listener.accept().await.unwrap().0, permit);
        connection.read_exact(&mut [0]).await.unwrap();
        connection.write_all(b"bye").await.unwrap();
        drop(connection);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.expect("the connection was reset");
        assert_eq!(answer, b"bye");
        assert_eq!(permits.available_permits(), 0, "it is still open");
        drop(client);
        drop(timeout(LINGER_TIMEOUT, permits.acquire()).await.expect("its permit is kept").unwrap());
    }
}
