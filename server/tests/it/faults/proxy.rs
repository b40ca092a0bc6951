//! A TCP proxy that breaks connections as networks do.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::sleep,
};
use tokio_util::sync::{CancellationToken, DropGuard};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LinkState {
    #[default]
    Up,
    /// New connections are closed immediately; open ones still work.
    Refusing,
    /// Data is forwarded after this delay.
    Delayed(Duration),
    /// Connections stay open and data is dropped. Connections that lost data are cut when the state is [`Self::Up`] again.
    Blackhole,
    /// The same, but only for data from the server.
    RepliesLost,
}

/// Closes all connections when dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _end: DropGuard,
}

struct Shared {
    target: Mutex<SocketAddr>,
    link_state: watch::Sender<LinkState>,
    /// Cancelled and replaced to cut all connections; a child of `end`.
    cut: Mutex<CancellationToken>,
    end: CancellationToken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToServer,
    ToClient,
}

impl Proxy {
    /// On a free port.
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let end = CancellationToken::new();
        let cut = Mutex::new(end.child_token());
        let shared = Arc::new(Shared { target: Mutex::new(target), link_state: watch::Sender::default(), cut, end: end.clone() });
        tokio::spawn({
            let (shared, end) = (Arc::clone(&shared), end.clone());
            async move { end.run_until_cancelled(accept(&listener, &shared)).await }
        });
        Self { address, shared, _end: end.drop_guard() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// For new connections.
    pub(crate) fn forward_to(&self, target: SocketAddr) {
        *self.shared.target.lock().unwrap() = target;
    }

    /// For open and new connections.
    pub(crate) fn set(&self, link_state: LinkState) {
        self.shared.link_state.send_replace(link_state);
    }

    /// Closes every open connection.
    pub(crate) fn cut(&self) {
        let mut cut = self.shared.cut.lock().unwrap();
        std::mem::replace(&mut *cut, self.shared.end.child_token()).cancel();
    }
}

async fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if *shared.link_state.borrow() == LinkState::Refusing {
            continue;
        }
        let shared = Arc::clone(shared);
        let cut = shared.cut.lock().unwrap().clone();
        tokio::spawn(async move { cut.run_until_cancelled(carry(client, &shared)).await });
    }
}

/// Dropping it closes both sides.
async fn carry(client: TcpStream, shared: &Shared) {
    let target = *shared.target.lock().unwrap();
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    // If one side closes, so does the other, after its data was forwarded.
    tokio::select! {
        () = pump(from_client, to_server, Direction::ToServer, shared.link_state.subscribe()) => {}
        () = pump(from_server, to_client, Direction::ToClient, shared.link_state.subscribe()) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, direction: Direction, mut link_state: watch::Receiver<LinkState>) {
    let mut buffer = vec![0; 16 * 1024];
    let mut lost = false;
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            // A connection that lost data must not continue.
            _ = link_state.wait_for(|link_state| lost && *link_state == LinkState::Up) => return,
        };
        let Ok(length @ 1..) = read else {
            // The end of the stream is dropped, too.
            let _ = link_state.wait_for(|now| !swallows(*now, direction)).await;
            return;
        };
        let now = *link_state.borrow();
        if swallows(now, direction) {
            lost = true;
            continue;
        }
        if let LinkState::Delayed(delay) = now {
            sleep(delay).await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

fn swallows(link_state: LinkState, direction: Direction) -> bool {
    link_state == LinkState::Blackhole || (link_state == LinkState::RepliesLost && direction == Direction::ToClient)
}
