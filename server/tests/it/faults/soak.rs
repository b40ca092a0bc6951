//! Random faults: people upload, cancel, retry and dismiss at two `web` and two `worker` processes while processes, servers and connections
//! break.
//!
//! Takes a few seconds in every test run; `script/test --soak 10` makes it ten minutes. `SOAK_SEED` repeats the choices, but not their exact
//! timing.

mod chaos;
mod people;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use futures::future::join_all;

use self::{chaos::Infrastructure, people::SimulatedUser};
use super::{cluster::Cluster, node::Node, postgres_server::PostgresServer, recorder::Recorder};
use crate::{
    bus::redis_server::RedisServer,
    support::{database::Database, person::Person},
};

/// Duration without SOAK_SECONDS.
const DEFAULT_SECONDS: u64 = 8;
const PEOPLE: u64 = 5;

#[expect(clippy::print_stderr, reason = "the summary is the result of a soak test")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let seconds = number("SOAK_SECONDS").unwrap_or(DEFAULT_SECONDS);
    let seed = number("SOAK_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    // Printed first, for the case that the test fails.
    eprintln!("soak: SOAK_SECONDS={seconds} SOAK_SEED={seed}");

    let (postgres, redis) = (PostgresServer::start(), RedisServer::start().await);
    let cluster = Cluster::on(Database::postgres_on(postgres.url()).await, Some(redis.url()));
    let fast = [("DEMO_SPEED", "40")];
    let mut nodes: Vec<Node> = Vec::new();
    for command in ["web", "web", "worker", "worker"] {
        nodes.push(cluster.node(command, &fast).await);
    }
    let bases = [nodes[0].base(), nodes[1].base()];
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut recorders, mut actors) = (Vec::new(), Vec::new());
    for _ in 0..PEOPLE {
        let person = Person::sign_up(&bases[0]).await.patient();
        for base in &bases {
            recorders.push(Recorder::start(&person.at(base)).await);
        }
        actors.push(SimulatedUser::new(bases.each_ref().map(|base| person.at(base)), random.fork()));
    }

    let until = Instant::now() + Duration::from_secs(seconds);
    let mut infrastructure = Infrastructure { links: nodes.iter().flat_map(Node::links).collect(), postgres, redis };
    let acting = actors.into_iter().map(|actor| tokio::spawn(actor.act(until)));
    let (mut faults, others, jobs) = tokio::join!(
        chaos::break_processes(&mut nodes, random.fork(), until),
        infrastructure.break_at_random(random.fork(), until),
        join_all(acting)
    );
    faults.extend(others);
    let jobs: HashSet<_> = jobs.into_iter().flat_map(|jobs| jobs.expect("nobody fails")).collect();

    // All faults are over; all jobs have to end now.
    let recorders: Vec<&Recorder> = recorders.iter().collect();
    cluster.wait_for_all_jobs().await;
    let observations = cluster.check(&recorders).await;
    let stored: HashSet<_> = observations.jobs.iter().map(|stored| stored.job.id).collect();
    assert!(jobs.is_subset(&stored), "a job that was answered is there");
    let videos: u32 = observations.jobs.iter().map(|stored| stored.job.current_video).sum();
    let connections: usize = observations.clients.iter().map(|client| client.connections.len()).sum();
    let (jobs, updates) = (stored.len(), observations.updates());
    eprintln!(
        "soak: {jobs} jobs, {videos} videos, {updates} updates received over {connections} connections, {} faults ({}), violations: 0",
        faults.values().sum::<u32>(),
        faults.iter().map(|(fault, times)| format!("{fault:?} {times}")).collect::<Vec<_>>().join(", ")
    );
    // Before the servers that they are connected to.
    drop((cluster, nodes));
}
