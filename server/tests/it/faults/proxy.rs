//! A TCP proxy that breaks what goes through it, in the ways networks do.

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

/// What happens to connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weather {
    /// They work.
    #[default]
    Fair,
    /// New ones are closed at once; those that are open stay as they are.
    Refusing,
    /// Each piece waits so long before it goes on.
    Slow(Duration),
    /// Both sides stay connected and hear nothing of each other: what is sent is gone. Those that lost something are cut once it is fair.
    Void,
    /// The same, only of what the server sends: the client is heard, and hears nothing.
    Deaf,
}

/// Between a client and a server. Ends with everything that goes through it when dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _end: DropGuard,
}

struct Shared {
    target: Mutex<SocketAddr>,
    weather: watch::Sender<Weather>,
    /// Cancelled and replaced where all connections are cut; a child of `end`.
    cut: Mutex<CancellationToken>,
    end: CancellationToken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToServer,
    ToClient,
}

impl Proxy {
    /// A fair one, on a free port of this machine.
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let end = CancellationToken::new();
        let cut = Mutex::new(end.child_token());
        let shared = Arc::new(Shared { target: Mutex::new(target), weather: watch::Sender::default(), cut, end: end.clone() });
        tokio::spawn({
            let (shared, end) = (Arc::clone(&shared), end.clone());
            async move { end.run_until_cancelled(accept(&listener, &shared)).await }
        });
        Self { address, shared, _end: end.drop_guard() }
    }

    /// Where clients connect.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where connections that are made from now on lead.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        *self.shared.target.lock().unwrap() = target;
    }

    /// Changes the weather for open and future connections.
    pub(crate) fn set(&self, weather: Weather) {
        self.shared.weather.send_replace(weather);
    }

    /// Closes every open connection.
    pub(crate) fn cut(&self) {
        let mut cut = self.shared.cut.lock().unwrap();
        std::mem::replace(&mut *cut, self.shared.end.child_token()).cancel();
    }
}

async fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if *shared.weather.borrow() == Weather::Refusing {
            continue;
        }
        let shared = Arc::clone(shared);
        let cut = shared.cut.lock().unwrap().clone();
        tokio::spawn(async move { cut.run_until_cancelled(carry(client, &shared)).await });
    }
}

/// Dropped with both sockets where the connection is cut.
async fn carry(client: TcpStream, shared: &Shared) {
    let target = *shared.target.lock().unwrap();
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    // Whichever side ends first ends the other; what it sent before has gone on by then.
    tokio::select! {
        () = pump(from_client, to_server, Direction::ToServer, shared.weather.subscribe()) => {}
        () = pump(from_server, to_client, Direction::ToClient, shared.weather.subscribe()) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, direction: Direction, mut weather: watch::Receiver<Weather>) {
    let mut buffer = vec![0; 16 * 1024];
    let mut lost = false;
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            // A connection that lost bytes cannot go on as if it had not.
            _ = weather.wait_for(|weather| lost && *weather == Weather::Fair) => return,
        };
        let Ok(length @ 1..) = read else {
            // Nobody hears of an end either.
            let _ = weather.wait_for(|now| !swallows(*now, direction)).await;
            return;
        };
        let now = *weather.borrow();
        if swallows(now, direction) {
            lost = true;
            continue;
        }
        if let Weather::Slow(delay) = now {
            sleep(delay).await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

fn swallows(weather: Weather, direction: Direction) -> bool {
    weather == Weather::Void || (weather == Weather::Deaf && direction == Direction::ToClient)
}
