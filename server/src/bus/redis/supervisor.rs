//! Keeps the connections to Redis: finds the servers that carry messages, connects and subscribes to them, and replaces those that are lost.

use std::{collections::HashSet, ops::RangeInclusive, sync::Arc, time::Duration};

use ::redis::{ConnectionAddr, ConnectionInfo};
use futures::future::{join_all, select_all};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Shared, channel,
    link::Link,
    node::{Layout, Node},
    topology::{Address, Topology, address_of},
};
use crate::bus::BusEvent;

/// How often the servers are asked whether they are still the right ones. A primary that dies is noticed at once.
const REFRESH_INTERVAL: Duration = Duration::from_secs(5);
/// The first pause before reconnecting; doubled up to [`MAX_BACKOFF`].
const MIN_BACKOFF: Duration = Duration::from_millis(50);
/// The longest pause between two attempts, and so the longest time until a restarted Redis is noticed.
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// Dropping the future of [`Self::run`] disconnects.
pub(super) struct ConnectionSupervisor {
    /// Where to begin: a server and its replicas, or nodes of a cluster. With the credentials for all.
    servers: Vec<ConnectionInfo>,
    shared: Arc<Shared>,
    /// Cancelled after the first attempt, successful or not.
    attempted: CancellationToken,
    /// Some server is in use.
    connected: bool,
    was_connected: bool,
    failures: usize,
}

/// Where to ask.
enum Server<'a> {
    InUse(&'a Link),
    Named(&'a ConnectionInfo),
}

impl Server<'_> {
    fn address(&self) -> Address {
        match self {
            Self::InUse(link) => link.address.clone(),
            Self::Named(server) => address_of(server.addr()),
        }
    }
}

/// Disconnects however the task ends.
struct DisconnectOnDrop(Arc<Shared>);

impl Drop for DisconnectOnDrop {
    fn drop(&mut self) {
        self.0.state().layout = Arc::default();
    }
}

impl ConnectionSupervisor {
    pub(super) fn new(servers: Vec<ConnectionInfo>, shared: Arc<Shared>, attempted: CancellationToken) -> Self {
        Self { servers, shared, attempted, connected: false, was_connected: false, failures: 0 }
    }

    /// Never returns.
    pub(super) async fn run(mut self) {
        let _disconnect = DisconnectOnDrop(Arc::clone(&self.shared));
        let mut backoff = MIN_BACKOFF;
        loop {
            let found = self.find_topology().await;
            self.announce_loss().await;
            let result = match found {
                Ok((topology, link)) => self.connect(topology, link).await,
                Err(problem) => Err(problem),
            };
            self.note(result.err());
            self.attempted.cancel();
            let pause = if self.failures == 0 { REFRESH_INTERVAL } else { backoff };
            backoff = if self.failures == 0 { MIN_BACKOFF } else { (backoff * 2).min(MAX_BACKOFF) };
            self.wait(pause).await;
            self.announce_loss().await;
            sleep(MIN_BACKOFF).await;
        }
    }

    /// Asks servers until one answers: those in use, then those of the setting; after a failure it begins with another one, because what one
    /// says may be outdated. Gives up those in use that are no longer what they were. Also returns the connection to the one that answered.
    async fn find_topology(&self) -> Result<(Topology, Link), String> {
        let layout = self.shared.layout();
        let in_use = || layout.nodes.iter().filter(|node| !node.is_lost());
        let mut servers: Vec<Server> = in_use().map(|node| Server::InUse(&node.link)).chain(self.servers.iter().map(Server::Named)).collect();
        let first = self.failures % servers.len();
        servers.rotate_left(first);
        let mut problems = Vec::new();
        for server in servers {
            match self.ask(&server).await {
                Ok((topology, link)) => {
                    let outdated = in_use().filter(|node| topology.owners.get(&node.link.address) != Some(&node.slots));
                    outdated.for_each(|node| node.link.lost.cancel());
                    return Ok((topology, link));
                }
                Err(problem) => problems.push(unusable(&server.address(), &problem)),
            }
        }
        Err(problems.join("; "))
    }

    async fn ask(&self, server: &Server<'_>) -> Result<(Topology, Link), String> {
        let link = match server {
            Server::InUse(link) => (*link).clone(),
            Server::Named(server) => Link::connect(server, &self.shared.outbox).await.map_err(|error| error.to_string())?,
        };
        match Topology::ask(&mut link.redis(), &link.address).await {
            Ok(topology) => Ok((topology, link)),
            Err(problem) => {
                link.lost.cancel();
                Err(problem)
            }
        }
    }

    /// Connects to the servers that are not in use yet, and takes them into use once every subscription is confirmed.
    ///
    /// # Errors
    /// A sentence about servers that could not be connected to; the others are in use.
    async fn connect(&mut self, topology: Topology, link: Link) -> Result<(), String> {
        let kept: Vec<Node> = self.shared.layout().nodes.iter().filter(|node| !node.is_lost()).cloned().collect();
        // Users of the missing servers cannot subscribe until these are in use, but they can unsubscribe.
        let mut users: HashSet<Uuid> = self.shared.state().subscribed_users.clone();
        let missing = topology.owners.into_iter().filter(|(address, _)| kept.iter().all(|node| node.link.address != *address));
        let opening = missing.map(async |(address, slots)| {
            let known = Some(&link).filter(|link| link.address == address && !link.lost.is_cancelled());
            self.open(known, &address, slots, topology.sharded, &users).await.map_err(|problem| unusable(&address, &problem))
        });
        let (mut new, mut problems) = (Layout::default(), Vec::new());
        for opened in join_all(opening).await {
            opened.map_or_else(|problem| problems.push(problem), |node| new.nodes.push(node));
        }
        // Those who unsubscribed meanwhile are unsubscribed here, before the connections are in use: later this could undo a new subscription
        // of the same user.
        while let Err(ended) = self.take_into_use(&kept, &new, &users) {
            for user in ended {
                users.remove(&user);
                let channel = channel::for_user(user);
                if let Some(node) = new.node_for(&channel) {
                    // If it fails, the connection is lost.
                    let _ = node.unsubscribe(channel).await;
                }
            }
        }
        if new.is_usable() {
            self.announce_connection().await;
        }
        if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
    }

    async fn open(
        &self,
        link: Option<&Link>,
        address: &Address,
        slots: Vec<RangeInclusive<u16>>,
        sharded: bool,
        users: &HashSet<Uuid>,
    ) -> Result<Node, String> {
        let link = match link {
            Some(link) => link.clone(),
            None => Link::connect(&self.server_at(address), &self.shared.outbox).await.map_err(|error| error.to_string())?,
        };
        Node::open(link, slots, sharded, users).await
    }

    /// Adds the new servers to those that are kept, unless some of these users have unsubscribed: then returns them.
    fn take_into_use(&self, kept: &[Node], new: &Layout, users: &HashSet<Uuid>) -> Result<(), Vec<Uuid>> {
        let mut state = self.shared.state();
        let ended: Vec<Uuid> = users.difference(&state.subscribed_users).copied().collect();
        if !ended.is_empty() {
            return Err(ended);
        }
        state.layout = Arc::new(Layout { nodes: kept.iter().chain(&new.nodes).cloned().collect() });
        Ok(())
    }

    /// A node of the cluster, with the credentials of the first server.
    fn server_at(&self, (host, port): &Address) -> ConnectionInfo {
        let (first, host, port) = (&self.servers[0], host.clone(), *port);
        let address = match first.addr().clone() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls { host, port, insecure, tls_params },
            _ => ConnectionAddr::Tcp(host, port),
        };
        first.clone().set_addr(address)
    }

    /// Returns after the pause, or when a server in use is lost.
    async fn wait(&self, pause: Duration) {
        let layout = self.shared.layout();
        let in_use: Vec<_> = layout.nodes.iter().filter(|node| !node.is_lost()).collect();
        if in_use.is_empty() {
            return sleep(pause).await;
        }
        let losses = in_use.iter().map(|node| Box::pin(node.wait_until_lost()));
        if let Ok((cause, number, _)) = timeout(pause, select_all(losses)).await {
            let (host, port) = &in_use[number].link.address;
            metrics::counter!("playmarks_bus_lost_total").increment(1);
            self.shared.state().problem = Some(format!("Redis at {host}:{port} is lost: {cause}"));
            tracing::warn!(cause, host, port, "the connection to Redis is lost; updates come from the database until it is restored");
        }
    }

    /// Logs the first failure of several, and keeps the newest for `/readyz`.
    fn note(&mut self, problem: Option<String>) {
        if let Some(problem) = &problem
            && self.failures == 0
        {
            tracing::warn!(problem, "Redis cannot be used; retrying");
        }
        self.failures = if problem.is_some() { self.failures + 1 } else { 0 };
        self.shared.state().problem = problem;
    }

    /// Once none of the servers is left.
    async fn announce_loss(&mut self) {
        if self.connected && !self.shared.layout().is_usable() {
            self.connected = false;
            self.shared.outbox.send(BusEvent::Lost).await;
        }
    }

    /// After servers were taken into use: what was published meanwhile is lost.
    async fn announce_connection(&mut self) {
        tracing::info!("connected to Redis");
        let event = if self.connected { BusEvent::Gap } else { BusEvent::Restored };
        if self.was_connected {
            self.shared.outbox.send(event).await;
        }
        (self.connected, self.was_connected) = (true, true);
    }
}

fn unusable((host, port): &Address, problem: &str) -> String {
    format!("Redis at {host}:{port} cannot be used: {problem}")
}
