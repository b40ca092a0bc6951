//! Many sockets: how fast they connect, what they cost while nothing happens, how late and how dear deliveries are, and what overload does.

mod crowd;
mod publisher;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use clap::Args;
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::Client;
use tokio::time::sleep;

use self::{
    crowd::{Crowd, Door},
    publisher::Publisher,
};
use crate::{
    figures::{Times, millis, row},
    person::Person,
    program::{self, Layout, Program, Setup},
};

/// How much.
#[derive(Args)]
pub(crate) struct Load {
    /// Users.
    #[arg(long, default_value_t = 500)]
    users: usize,
    /// Sockets, spread evenly over the users.
    #[arg(long, default_value_t = 2000)]
    sockets: usize,
    /// Connects a second while they open.
    #[arg(long, default_value_t = 200)]
    ramp: u32,
    /// Deliveries a second of the first measurement; doubled until the server is busy.
    #[arg(long, default_value_t = 2000)]
    rate: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// The load that a server carries: its median delivery is not later than this …
const CARRIED: Duration = Duration::from_millis(20);
/// … and of a hundred deliveries so many are made. What is conflated under more load is on time, too, because most of it is not sent.
const CARRIED_PERCENT: usize = 95;
/// Memory and connections come to rest.
const SETTLE: Duration = Duration::from_secs(3);

/// Starts the program on PostgreSQL and Redis and measures; then the yardstick under the same load.
pub(crate) async fn measure(setup: &Setup, load: &Load) -> anyhow::Result<()> {
    ensure!(load.users > 0 && load.sockets >= load.users, "there must be a user, and a socket for each");
    let program = Program::start(setup, Layout::Cluster, &[]).await?;
    let people = sign_up(&program, load.users).await?;
    let publisher = Arc::new(Publisher::connect(&setup.redis, people.iter().map(|person| person.id).collect()).await?);

    let (before, _) = program.memory()?;
    let doors = (0..load.sockets).map(|socket| Door::WebSocket(people[socket % people.len()].socket_url())).collect();
    let (crowd, connects) = Crowd::open(doors, load.ramp, publisher.start).await?;
    row(format!("WebSocket connect, {} sockets at {} a second", load.sockets, load.ramp), connects.summary());
    sleep(SETTLE).await;
    let (idle, _) = program.memory()?;
    row(format!("idle socket, {} open", load.sockets), kilobytes(idle.saturating_sub(before) / load.sockets as u64));

    let (mut rate, mut carried) = (load.rate, load.rate);
    loop {
        let (times, cpu) = deliver(&crowd, &publisher, load, rate, || program.cpu()).await?;
        row(format!("publish → socket at {rate} deliveries/s"), format!("{}; CPU {} a delivery", times.summary(), micros(cpu, times.len())));
        let wanted = rate * usize::try_from(load.seconds)?;
        if times.len() * 100 < wanted * CARRIED_PERCENT || times.at(0.5) > CARRIED {
            break;
        }
        carried = rate;
        rate *= 2;
    }
    overload(&crowd, &publisher, load, &program, carried * 4).await?;
    drop(crowd);
    yardstick(setup, load, &publisher, &[load.rate, carried / 2]).await?;
    Ok(())
}

async fn sign_up(program: &Program, users: usize) -> anyhow::Result<Vec<Person>> {
    let client = Client::new();
    stream::iter(0..users).map(|_| Person::sign_up(&client, &program.base)).buffer_unordered(4).try_collect().await
}

/// Publishes at this rate for the time of a measurement; answers the latencies of all deliveries and the server's CPU time for them.
async fn deliver(
    crowd: &Crowd,
    publisher: &Publisher,
    load: &Load,
    rate: usize,
    cpu: impl Fn() -> anyhow::Result<Duration>,
) -> anyhow::Result<(Times, Duration)> {
    crowd.take_latencies();
    let before = cpu()?;
    publisher.run(rate * load.users / load.sockets, Duration::from_secs(load.seconds)).await?;
    sleep(Duration::from_secs(1)).await;
    let used = cpu()? - before;
    Ok((Times::new(crowd.take_latencies()), used))
}

/// Four times what can be carried: how old the newest state is that each client has, memory, and whether every job's end arrives.
async fn overload(crowd: &Crowd, publisher: &Publisher, load: &Load, program: &Program, rate: usize) -> anyhow::Result<()> {
    let (before, _) = program.memory()?;
    let time = Duration::from_secs(load.seconds);
    let (ages, published) = tokio::join!(crowd.watch_ages(time), publisher.run(rate * load.users / load.sockets, time));
    let published = published?;
    let (after, _) = program.memory()?;
    row(format!("age of the newest state, {rate} deliveries/s wanted ({published} published)"), Times::new(ages).summary());
    row("memory before and after that", format!("{} and {}", megabytes(before), megabytes(after)));
    publisher.end_all().await?;
    let ended = crowd.wait_for_ends(Duration::from_secs(30)).await;
    row("terminal updates that arrived after it", format!("{ended} of {}", load.sockets));
    Ok(())
}

/// The same loads on a server that only writes pre-built frames.
async fn yardstick(setup: &Setup, load: &Load, publisher: &Publisher, rates: &[usize]) -> anyhow::Result<()> {
    let mut command = program::pinned(&std::env::current_exe()?, "0");
    command.args(["--playmarks", "-", "--postgres", "-", "--redis", "-", "bare", "--listen-to", &setup.redis]);
    let mut bare = Bare(command.stdout(Stdio::piped()).spawn()?);
    let pid = bare.0.id();
    let mut address = String::new();
    BufReader::new(bare.0.stdout.take().context("its output")?).read_line(&mut address)?;
    let doors =
        (0..load.sockets).map(|socket| Door::Bare { address: address.trim().into(), channel: publisher.channel(socket % load.users) }).collect();
    let (crowd, _) = Crowd::open(doors, load.ramp, publisher.start).await?;
    sleep(SETTLE).await;
    for rate in rates {
        let (times, cpu) = deliver(&crowd, publisher, load, *rate, || program::cpu(pid)).await?;
        row(format!("a bare TCP writer at {rate} deliveries/s"), format!("{}; CPU {} a delivery", times.summary(), micros(cpu, times.len())));
    }
    Ok(())
}

/// The yardstick's process; killed when dropped.
struct Bare(Child);

impl Drop for Bare {
    fn drop(&mut self) {
        // Nothing to be done about one that is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn micros(cpu: Duration, deliveries: usize) -> String {
    let each = cpu.checked_div(u32::try_from(deliveries).unwrap_or(u32::MAX)).unwrap_or_default();
    if each.as_millis() > 0 { millis(each) } else { format!("{} µs", each.as_micros()) }
}

fn kilobytes(bytes: u64) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}
