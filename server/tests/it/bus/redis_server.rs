//! A Redis that a test kills, freezes and restarts.

use std::{
    net::Ipv4Addr,
    process::{Child, Command, Stdio},
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::support::{free_port, wait_until};

/// Killed when dropped.
pub(crate) struct RedisServer {
    pub(crate) port: u16,
    options: Vec<String>,
    /// Its working directory, where replicas store what they receive.
    folder: TempDir,
    process: Option<Child>,
}

impl RedisServer {
    /// Not running yet.
    pub(crate) fn absent() -> Self {
        Self::with_options(Vec::new())
    }

    /// Not running yet; with these arguments before those that all have.
    pub(crate) fn with_options(options: Vec<String>) -> Self {
        Self { port: free_port(), options, folder: TempDir::new().unwrap(), process: None }
    }

    /// A replica that has received everything from its primary.
    pub(crate) async fn replica_of(primary: &Self) -> Self {
        let mut server = Self::with_options(["--replicaof", "127.0.0.1", &primary.port.to_string()].map(String::from).to_vec());
        server.run().await;
        wait_until("it has a replica", async || server.reply(&["INFO", "replication"]).await.contains("master_link_status:up")).await;
        server
    }

    pub(crate) async fn start() -> Self {
        let mut server = Self::absent();
        server.run().await;
        server
    }

    /// Returns once it accepts connections.
    pub(crate) async fn run(&mut self) {
        let command = [
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--loglevel",
            "warning",
            "--repl-diskless-sync-delay",
            "0",
            "--port",
            &self.port.to_string(),
        ]
        .map(String::from);
        let process = Command::new("redis-server")
            .args(&self.options)
            .args(command)
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(process.expect("redis-server is installed"));
        let port = self.port;
        wait_until("Redis accepts connections", async || tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()).await;
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it runs");
            process.wait().expect("it ends");
        }
    }

    /// SIGSTOP: connections stay open and nobody answers; or SIGCONT.
    pub(crate) fn freeze(&self, frozen: bool) {
        let process = self.process.as_ref().expect("it runs");
        crate::support::signal(process, if frozen { Signal::STOP } else { Signal::CONT });
    }

    /// Runs a command that is answered with a list.
    pub(crate) async fn ask(&self, command: &[&str]) -> Vec<String> {
        self.query(command).await
    }

    /// Runs a command that is answered with a text.
    pub(crate) async fn reply(&self, command: &[&str]) -> String {
        self.query(command).await
    }

    async fn query<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let mut connection = redis::Client::open(self.url()).expect("a readable address").get_multiplexed_async_connection().await.expect("it runs");
        redis::Cmd::new().arg(command).query_async(&mut connection).await.expect("an answer of this kind")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
