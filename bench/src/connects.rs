//! How many sockets per second can be opened, each with a ticket of its own, in comparison with Node and `ws` in the same run: once with the
//! same statements on the same database, and once without any, which is the least work that such a server can do.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use clap::Args;
use futures::future::try_join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::{
    server::{self, Environment, Layout, Server},
    stats::print_row,
    user::User,
};

#[derive(Args)]
pub(crate) struct Options {
    /// Number of users.
    #[arg(long, default_value_t = 100)]
    users: usize,
    /// Sockets opened in each round.
    #[arg(long, default_value_t = 4000)]
    sockets: usize,
    /// Clients that open one socket after the other.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// Rounds of each server, in turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Folder with the npm packages `ws` and `pg`.
    #[arg(long, default_value = "end2end/node_modules")]
    node_modules: PathBuf,
}

/// Signs access tokens for both servers.
const SECRET: &str = "the servers of this benchmark share this secret";
/// Time for connections of the last round to close.
const SETTLE_TIME: Duration = Duration::from_secs(1);

pub(crate) async fn run(environment: &Environment, options: &Options) -> anyhow::Result<()> {
    ensure!(options.users > 0 && options.clients > 0 && options.rounds > 0, "--users, --clients and --rounds must be at least 1");
    let ours = Server::start_with(environment, Layout::Cluster, &[("JWT_SECRET", SECRET)]).await?;
    let node = NodeServer::start(environment, options, ours.database_url.as_deref())?;
    let memory = NodeServer::start(environment, options, None)?;
    let users = User::sign_up_many(&ours.base_url, options.users).await?;
    let our_address = ours.base_url.trim_start_matches("http://").to_owned();
    let (mut our_rounds, mut node_rounds, mut memory_rounds) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        our_rounds.push(measure(&our_address, &users, options, || ours.cpu_time()).await?);
        node_rounds.push(measure(&node.address, &users, options, || node.cpu_time()).await?);
        memory_rounds.push(measure(&memory.address, &users, options, || memory.cpu_time()).await?);
    }
    let (our_rate, node_rate) = (print_rounds("Playmarks", our_rounds), print_rounds("Node with `ws` and `pg`", node_rounds));
    print_row("connects, Playmarks to Node", format!("{:.2} ×", our_rate / node_rate));
    print_rounds("Node with `ws` and no database", memory_rounds);
    Ok(())
}

/// Connects per second, and the server's CPU time per connect.
type Round = (f64, Duration);

async fn measure(address: &str, users: &[User], options: &Options, cpu_time: impl Fn() -> anyhow::Result<Duration>) -> anyhow::Result<Round> {
    let (before, start) = (cpu_time()?, Instant::now());
    let opened = try_join_all((0..options.clients).map(async |client| {
        let mut tickets = TcpStream::connect(address).await?;
        tickets.set_nodelay(true)?;
        let mut sockets = Vec::new();
        for number in (client..options.sockets).step_by(options.clients) {
            sockets.push(connect(address, &mut tickets, &users[number % users.len()].token).await?);
        }
        anyhow::Ok(sockets)
    }))
    .await?;
    let (elapsed, used) = (start.elapsed(), cpu_time()? - before);
    let count = u32::try_from(opened.iter().map(Vec::len).sum::<usize>())?;
    drop(opened);
    sleep(SETTLE_TIME).await;
    Ok((f64::from(count) / elapsed.as_secs_f64(), used / count))
}

/// Asks for a ticket and opens a socket with it; returns once its first frame has arrived. Written by hand, because a client library would
/// cost more than the servers do.
async fn connect(address: &str, tickets: &mut TcpStream, token: &str) -> anyhow::Result<TcpStream> {
    let request = format!("POST /api/ws/ticket HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n");
    tickets.write_all(request.as_bytes()).await?;
    let answer = read_until(tickets, |answer| answer.ends_with("}")).await?;
    let ticket = answer.split_once("\"ticket\":\"").and_then(|(_, rest)| rest.split_once('"')).with_context(|| format!("no ticket: {answer}"))?.0;
    let mut socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let request = format!(
        "GET /api/ws/progress?token={ticket}&control=1 HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await?;
    let answer = read_until(&mut socket, |answer| answer.contains("\"heartbeat\"")).await?;
    ensure!(answer.starts_with("HTTP/1.1 101"), "no socket: {answer}");
    Ok(socket)
}

async fn read_until(stream: &mut TcpStream, is_complete: impl Fn(&str) -> bool) -> anyhow::Result<String> {
    let (mut buffer, mut length) = ([0; 2048], 0);
    loop {
        let read = stream.read(&mut buffer[length..]).await?;
        ensure!(read > 0, "the connection was closed: {}", String::from_utf8_lossy(&buffer[..length]));
        length += read;
        // A frame's header is not text.
        let answer = String::from_utf8_lossy(&buffer[..length]);
        if is_complete(&answer) {
            return Ok(answer.into_owned());
        }
    }
}

/// Prints the median round and returns its rate.
fn print_rounds(name: &str, mut rounds: Vec<Round>) -> f64 {
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (rate, cpu_time) = rounds[rounds.len() / 2];
    let (worst, best) = (rounds[0].0, rounds[rounds.len() - 1].0);
    let figure = format!("{rate:.0} per second ({worst:.0}–{best:.0}); CPU {} µs per connect", cpu_time.as_micros());
    print_row(format!("connects with a ticket each, {name}"), figure);
    rate
}

/// Node with `ws`, on the server's core; killed when dropped.
struct NodeServer {
    process: Child,
    address: String,
}

impl NodeServer {
    fn start(environment: &Environment, options: &Options, database_url: Option<&str>) -> anyhow::Result<Self> {
        let redis: reqwest::Url = environment.redis.parse()?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/connects/node.mjs");
        let modules = options.node_modules.canonicalize().context("the npm packages `ws` and `pg` are missing; run script/bootstrap --test")?;
        let mut command = server::command_on_core("node".as_ref(), "0");
        command.arg(script).arg(modules).args([SECRET, &redis.port().unwrap_or(6379).to_string()]).args(database_url);
        let mut process = command.stdout(Stdio::piped()).spawn().context("starting node")?;
        let mut port = String::new();
        BufReader::new(process.stdout.take().context("standard output is piped")?).read_line(&mut port)?;
        Ok(Self { process, address: format!("127.0.0.1:{}", port.trim()) })
    }

    fn cpu_time(&self) -> anyhow::Result<Duration> {
        server::cpu_time(self.process.id())
    }
}

impl Drop for NodeServer {
    fn drop(&mut self) {
        // An error means that the process has already exited.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
