//! A Redis that a test kills, freezes and restarts.

use std::{
    net::Ipv4Addr,
    process::{Child, Command, Stdio},
};

use rustix::process::Signal;

use crate::support::{free_port, wait_until};

/// Killed when dropped.
pub(crate) struct RedisServer {
    port: u16,
    process: Option<Child>,
}

impl RedisServer {
    /// Not running yet.
    pub(crate) fn absent() -> Self {
        Self { port: free_port(), process: None }
    }

    pub(crate) async fn start() -> Self {
        let mut server = Self::absent();
        server.run().await;
        server
    }

    /// Returns once it accepts connections.
    pub(crate) async fn run(&mut self) {
        let command =
            ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning", "--port", &self.port.to_string()].map(String::from);
        let process = Command::new("redis-server").args(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
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
        let mut connection = redis::Client::open(self.url()).expect("a readable address").get_multiplexed_async_connection().await.expect("it runs");
        redis::Cmd::new().arg(command).query_async(&mut connection).await.expect("a list of texts")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
