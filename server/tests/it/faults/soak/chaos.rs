//! What breaks meanwhile: one process after the other, and at the same time one after the other of what they stand on.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

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

/// What is done to a process; what is named twice is twice as likely.
const TO_PROCESSES: [Fault; 5] = [Fault::Kill, Fault::Kill, Fault::Freeze, Fault::Freeze, Fault::Terminate];
/// And to what they stand on.
const TO_SURROUNDINGS: [Fault; 9] = [
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

/// Kinds of faults.
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

/// How often each kind came.
pub(super) type Tally = BTreeMap<Fault, u32>;

/// Breaks one process after the other until then; afterwards all of them work.
pub(super) async fn break_processes(nodes: &mut [Node], mut random: Random, until: Instant) -> Tally {
    let mut done = Tally::new();
    while Instant::now() < until {
        sleep(random.millis(PAUSE)).await;
        let (fault, lasts) = (*random.one_of(&TO_PROCESSES), random.millis(LASTS));
        *done.entry(fault).or_default() += 1;
        let node = &mut nodes[random.within(0..4) as usize];
        match fault {
            Fault::Freeze => {
                node.process.freeze().await;
                sleep(lasts).await;
                node.process.thaw();
            }
            Fault::Terminate => {
                node.process.terminate();
                node.process.gone().await;
                node.supervise().await;
            }
            _ => node.supervise().await,
        }
    }
    done
}

/// What processes stand on.
pub(super) struct Surroundings {
    pub(super) links: Vec<Arc<Proxy>>,
    pub(super) redis: RedisServer,
    pub(super) postgres: PostgresServer,
}

impl Surroundings {
    /// Breaks one of it after the other until then; afterwards all of it works.
    pub(super) async fn shake(&mut self, mut random: Random, until: Instant) -> Tally {
        let mut done = Tally::new();
        while Instant::now() < until {
            sleep(random.millis(PAUSE)).await;
            let (fault, lasts) = (*random.one_of(&TO_SURROUNDINGS), random.millis(LASTS));
            *done.entry(fault).or_default() += 1;
            self.strike(fault, lasts, &mut random).await;
        }
        done
    }

    async fn strike(&mut self, fault: Fault, lasts: Duration, random: &mut Random) {
        match fault {
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
            Fault::Cut => random.one_of(&self.links).cut(),
            _ => {
                let link = random.one_of(&self.links);
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
}
