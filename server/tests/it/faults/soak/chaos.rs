//! What breaks meanwhile, one thing after the other.

use std::{collections::BTreeMap, time::Instant};

use tokio::time::sleep;

use super::random::Random;
use crate::{
    bus::redis_server::RedisServer,
    faults::{
        node::Node,
        postgres_server::PostgresServer,
        proxy::{Proxy, Weather},
    },
};

/// Pauses between faults, and how long one lasts: from shorter than anything to longer than a lease.
const PAUSE: std::ops::Range<u64> = 100..900;
const LASTS: std::ops::Range<u64> = 50..3500;

/// Kinds of faults; one that is named twice is twice as likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Kill,
    Freeze,
    Terminate,
    PostgresCrash,
    PostgresRestart,
    RedisKill,
    RedisFreeze,
    Cut,
    Silence,
    Deafness,
    Slowness,
}

const FAULTS: [Fault; 14] = [
    Fault::Kill,
    Fault::Kill,
    Fault::Freeze,
    Fault::Freeze,
    Fault::Terminate,
    Fault::PostgresCrash,
    Fault::PostgresRestart,
    Fault::RedisKill,
    Fault::RedisFreeze,
    Fault::Cut,
    Fault::Cut,
    Fault::Silence,
    Fault::Deafness,
    Fault::Slowness,
];

/// Has everything in its hands that can break.
pub(super) struct Chaos {
    nodes: Vec<Node>,
    redis: RedisServer,
    postgres: PostgresServer,
    random: Random,
    done: BTreeMap<Fault, u32>,
}

impl Chaos {
    pub(super) fn new(nodes: Vec<Node>, postgres: PostgresServer, redis: RedisServer, random: Random) -> Self {
        Self { nodes, redis, postgres, random, done: BTreeMap::new() }
    }

    /// Breaks things until then. Afterwards everything works; it has to be kept for as long as it shall.
    pub(super) async fn rage(mut self, until: Instant) -> Self {
        while Instant::now() < until {
            sleep(self.random.millis(PAUSE)).await;
            let fault = *self.random.one_of(&FAULTS);
            *self.done.entry(fault).or_default() += 1;
            self.strike(fault).await;
        }
        self
    }

    /// Faults so far.
    pub(super) fn total(&self) -> u32 {
        self.done.values().sum()
    }

    /// Of which kinds.
    pub(super) fn told(&self) -> String {
        self.done.iter().map(|(fault, times)| format!("{fault:?} {times}")).collect::<Vec<_>>().join(", ")
    }

    /// A fault from its beginning to its end.
    async fn strike(&mut self, fault: Fault) {
        let lasts = self.random.millis(LASTS);
        let node = self.random.within(0..self.nodes.len() as u64) as usize;
        match fault {
            Fault::Kill => self.nodes[node].restart(&[]).await,
            Fault::Freeze => {
                self.nodes[node].process.freeze().await;
                sleep(lasts).await;
                self.nodes[node].process.thaw();
            }
            Fault::Terminate => {
                self.nodes[node].process.terminate();
                let status = self.nodes[node].process.gone().await;
                assert!(status.success(), "a process that was asked to end did so with {status}");
                self.nodes[node].restart(&[]).await;
            }
            Fault::PostgresCrash | Fault::PostgresRestart => {
                self.postgres.stop(if fault == Fault::PostgresCrash { "immediate" } else { "fast" });
                sleep(lasts).await;
                self.postgres.resume();
            }
            Fault::RedisKill => {
                self.redis.kill();
                sleep(lasts).await;
                self.redis.run().await;
            }
            Fault::RedisFreeze => {
                self.redis.freeze(true);
                sleep(lasts).await;
                self.redis.freeze(false);
            }
            Fault::Cut => self.link(node).cut(),
            Fault::Silence | Fault::Deafness | Fault::Slowness => {
                let link = self.link(node);
                link.set(match fault {
                    Fault::Silence => Weather::Void,
                    Fault::Deafness => Weather::Deaf,
                    _ => Weather::Slow(lasts / 50),
                });
                sleep(lasts).await;
                link.set(Weather::Fair);
            }
        }
    }

    /// One of a process' connections: to its database, its bus, or its clients.
    fn link(&mut self, node: usize) -> &Proxy {
        let node = &self.nodes[node];
        let links: Vec<&Proxy> = [&node.database, &node.bus, &node.front].into_iter().flatten().collect();
        links[self.random.within(0..links.len() as u64) as usize]
    }
}
