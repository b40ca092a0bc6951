//! WebSockets under load: connect time, idle memory, latency and CPU time per delivery, and behaviour under overload.

mod clients;
mod publisher;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, ensure};
use clap::Args;
use tokio::time::sleep;

use self::{
    clients::{Clients, Endpoint},
    publisher::Publisher,
};
use crate::{
    server::{self, Environment, Layout, Server},
    stats::{Latencies, format_millis, print_row},
    user::User,
};

#[derive(Args)]
pub(crate) struct Options {
    /// Number of users.
    #[arg(long, default_value_t = 500)]
    users: usize,
    /// Number of sockets, spread evenly over the users.
    #[arg(long, default_value_t = 2000)]
    sockets: usize,
    /// Sockets opened per second.
    #[arg(long, default_value_t = 200)]
    ramp: u32,
    /// Deliveries per second in the first measurement; doubled until the server cannot keep up.
    #[arg(long, default_value_t = 2000)]
    rate: usize,
    /// Length of each measurement, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// A server keeps up with a load if its median latency is at most this …
const MAX_MEDIAN_LATENCY: Duration = Duration::from_millis(20);
/// … and at least this percentage of updates is delivered. Under a higher load latency alone would look good, because conflation drops most
/// updates.
const MIN_DELIVERED_PERCENT: usize = 95;
/// Time for memory and connections to settle before a measurement.
const SETTLE_TIME: Duration = Duration::from_secs(3);

/// Measures the server on PostgreSQL and Redis, then the baseline under the same load.
pub(crate) async fn run(environment: &Environment, options: &Options) -> anyhow::Result<()> {
    ensure!(options.users > 0 && options.sockets >= options.users, "--users must be at least 1, and --sockets at least --users");
    let server = Server::start(environment, Layout::Cluster).await?;
    let users = User::sign_up_many(&server.base_url, options.users).await?;
    let publisher = Arc::new(Publisher::connect(&environment.redis, users.iter().map(|user| user.id).collect()).await?);

    let (before, _) = server.memory_usage()?;
    let endpoints = (0..options.sockets).map(|socket| Endpoint::WebSocket(users[socket % users.len()].socket_url())).collect();
    let (clients, connect_times) = Clients::connect(endpoints, options.ramp, publisher.epoch).await?;
    print_row(format!("WebSocket connect, {} sockets at {} per second", options.sockets, options.ramp), connect_times.summary());
    sleep(SETTLE_TIME).await;
    let (idle, _) = server.memory_usage()?;
    print_row(format!("memory per idle socket, {} open", options.sockets), format_kilobytes(idle.saturating_sub(before) / options.sockets as u64));

    let (mut rate, mut max_rate) = (options.rate, options.rate);
    loop {
        let (latencies, cpu_time) = measure_deliveries(&clients, &publisher, options, rate, || server.cpu_time()).await?;
        print_deliveries(format!("publish → socket at {rate} deliveries/s"), &latencies, cpu_time);
        let expected = rate * usize::try_from(options.seconds)?;
        if latencies.len() * 100 < expected * MIN_DELIVERED_PERCENT || latencies.percentile(0.5) > MAX_MEDIAN_LATENCY {
            break;
        }
        max_rate = rate;
        rate *= 2;
    }
    measure_overload(&clients, &publisher, options, &server, max_rate * 4).await?;
    drop(clients);
    measure_baseline(environment, options, &publisher, &[options.rate, max_rate / 2]).await
}

/// Publishes so that there are `rate` deliveries per second; returns the latencies of all deliveries and the server's CPU time.
async fn measure_deliveries(
    clients: &Clients,
    publisher: &Publisher,
    options: &Options,
    rate: usize,
    server_cpu_time: impl Fn() -> anyhow::Result<Duration>,
) -> anyhow::Result<(Latencies, Duration)> {
    clients.take_latencies();
    let before = server_cpu_time()?;
    publisher.publish(rate * options.users / options.sockets, Duration::from_secs(options.seconds)).await?;
    // The last deliveries are still on their way.
    sleep(Duration::from_secs(1)).await;
    let used = server_cpu_time()? - before;
    Ok((Latencies::new(clients.take_latencies()), used))
}

/// Publishes more than the server can deliver: age of each client's newest state, memory, and whether every terminal update arrives.
async fn measure_overload(clients: &Clients, publisher: &Publisher, options: &Options, server: &Server, rate: usize) -> anyhow::Result<()> {
    let (before, _) = server.memory_usage()?;
    let duration = Duration::from_secs(options.seconds);
    let (ages, published) = tokio::join!(clients.sample_ages(duration), publisher.publish(rate * options.users / options.sockets, duration));
    let published = published?;
    let (after, _) = server.memory_usage()?;
    print_row(format!("age of the newest state at {rate} deliveries/s attempted ({published} published)"), Latencies::new(ages).summary());
    print_row("memory before and after the overload", format!("{} and {}", format_megabytes(before), format_megabytes(after)));
    publisher.complete_all_jobs().await?;
    let completed = clients.wait_for_completion(Duration::from_secs(30)).await;
    print_row("terminal updates received after the overload", format!("{completed} of {}", options.sockets));
    Ok(())
}

/// Measures the baseline server at these rates.
async fn measure_baseline(environment: &Environment, options: &Options, publisher: &Publisher, rates: &[usize]) -> anyhow::Result<()> {
    let mut command = server::command_on_core(&std::env::current_exe()?, "0");
    command.args(["--playmarks", "-", "--postgres", "-", "--redis", "-", "baseline", "--redis-url", &environment.redis]);
    let mut baseline = BaselineProcess(command.stdout(Stdio::piped()).spawn()?);
    let pid = baseline.0.id();
    let mut address = String::new();
    BufReader::new(baseline.0.stdout.take().context("standard output is piped")?).read_line(&mut address)?;
    let endpoints = (0..options.sockets)
        .map(|socket| Endpoint::Baseline { address: address.trim().into(), channel: publisher.channel(socket % options.users) })
        .collect();
    let (clients, _) = Clients::connect(endpoints, options.ramp, publisher.epoch).await?;
    sleep(SETTLE_TIME).await;
    for rate in rates {
        let (latencies, cpu_time) = measure_deliveries(&clients, publisher, options, *rate, || server::cpu_time(pid)).await?;
        print_deliveries(format!("baseline at {rate} deliveries/s"), &latencies, cpu_time);
    }
    Ok(())
}

/// Killed when dropped.
struct BaselineProcess(Child);

impl Drop for BaselineProcess {
    fn drop(&mut self) {
        // An error means that the process has already exited.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn print_deliveries(name: String, latencies: &Latencies, cpu_time: Duration) {
    let each = cpu_time.checked_div(u32::try_from(latencies.len()).unwrap_or(u32::MAX)).unwrap_or_default();
    let each = if each.as_millis() > 0 { format_millis(each) } else { format!("{} µs", each.as_micros()) };
    print_row(name, format!("{}; CPU {each} per delivery", latencies.summary()));
}

fn format_kilobytes(bytes: u64) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

fn format_megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}
