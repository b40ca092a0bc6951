//! The faults: one process after the other, and at the same time one part of the infrastructure after the other.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use fastrand::Rng;
use tokio::time::sleep;

use crate::{
    bus::redis_server::RedisServer,
    faults::{
        node::Node,
        postgres_server::PostgresServer,
        proxy::{LinkState, Proxy},
    },
};

/// Milliseconds between faults, and of a fault: up to more than a lease.
const PAUSE: std::ops::Range<u64> = 100..900;
const DURATION: std::ops::Range<u64> = 50..3500;

/// Faults that are listed twice are twice as likely.
const PROCESS_FAULTS: [Fault; 5] = [Fault::Kill, Fault::Kill, Fault::Freeze, Fault::Freeze, Fault::Terminate];
const INFRASTRUCTURE_FAULTS: [Fault; 9] = [
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
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

/// Number of faults of each kind.
pub(super) type FaultCounts = BTreeMap<Fault, u32>;

pub(super) fn millis(random: &mut Rng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(random.u64(range))
}

/// Until the deadline, after which all processes work.
pub(super) async fn break_processes(nodes: &mut [Node], mut random: Rng, deadline: Instant) -> FaultCounts {
    let mut done = FaultCounts::new();
    while Instant::now() < deadline {
        sleep(millis(&mut random, PAUSE)).await;
        let (fault, duration) = (*random.choice(&PROCESS_FAULTS).unwrap(), millis(&mut random, DURATION));
        *done.entry(fault).or_default() += 1;
        let node = &mut nodes[random.usize(0..4)];
        match fault {
            Fault::Freeze => {
                node.process.freeze().await;
                sleep(duration).await;
                node.process.resume();
            }
            Fault::Terminate => {
                node.process.terminate();
                node.process.wait_for_exit().await;
                node.restart_until_ready().await;
            }
            _ => node.restart_until_ready().await,
        }
    }
    done
}

pub(super) struct Infrastructure {
    pub(super) links: Vec<Arc<Proxy>>,
    pub(super) redis: RedisServer,
    pub(super) postgres: PostgresServer,
}

impl Infrastructure {
    /// Until the deadline, after which everything works.
    pub(super) async fn break_at_random(&mut self, mut random: Rng, deadline: Instant) -> FaultCounts {
        let mut done = FaultCounts::new();
        while Instant::now() < deadline {
            sleep(millis(&mut random, PAUSE)).await;
            let (fault, duration) = (*random.choice(&INFRASTRUCTURE_FAULTS).unwrap(), millis(&mut random, DURATION));
            *done.entry(fault).or_default() += 1;
            self.inject(fault, duration, &mut random).await;
        }
        done
    }

    async fn inject(&mut self, fault: Fault, duration: Duration, random: &mut Rng) {
        match fault {
            Fault::PostgresCrash | Fault::PostgresRestart => {
                self.postgres.stop(if fault == Fault::PostgresCrash { "immediate" } else { "fast" });
                sleep(duration).await;
                self.postgres.start_again();
            }
            Fault::RedisKill => {
                self.redis.kill();
                sleep(duration).await;
                self.redis.run().await;
            }
            Fault::RedisFreeze => {
                self.redis.freeze(true);
                sleep(duration).await;
                self.redis.freeze(false);
            }
            Fault::Cut => random.choice(&self.links).unwrap().cut(),
            _ => {
                let link = random.choice(&self.links).unwrap();
                link.set(match fault {
                    Fault::Silence => LinkState::Blackhole,
                    Fault::Deafness => LinkState::RepliesLost,
                    _ => LinkState::Delayed(duration / 50),
                });
                sleep(duration).await;
                link.set(LinkState::Up);
            }
        }
    }
}
