//! A process with proxies on all of its connections, so that they can be broken.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use super::{process::Process, proxy::Proxy};
use crate::support::wait_until;

/// A `serve`, `web` or `worker`. The proxies survive the process, so that it keeps its address over restarts.
pub(crate) struct Node {
    command: &'static str,
    settings: Vec<(String, String)>,
    pub(crate) process: Process,
    /// To PostgreSQL, if it is used.
    pub(crate) database: Option<Arc<Proxy>>,
    /// To Redis, if it is used.
    pub(crate) bus: Option<Arc<Proxy>>,
    /// From clients; a worker has none.
    pub(crate) front: Option<Arc<Proxy>>,
}

impl Node {
    /// Returns when the process is ready.
    pub(super) async fn start(command: &'static str, settings: Vec<(String, String)>) -> Self {
        let mut settings = settings;
        let database = behind_proxy(&mut settings, "DATABASE_URL").await;
        let bus = behind_proxy(&mut settings, "REDIS_URL").await;
        // Forwards nowhere until the process has logged its address.
        let front = if command == "worker" { None } else { Some(Arc::new(Proxy::to(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))).await)) };
        let mut node = Self { command, process: Process::start(command, &settings), settings, database, bus, front };
        node.wait_until_ready().await;
        node
    }

    /// Kills the process if it is running, and starts a new one without these settings.
    pub(crate) async fn restart(&mut self, without: &[&str]) {
        self.settings.retain(|(name, _)| !without.contains(&name.as_str()));
        self.restart_without_waiting();
        self.wait_until_ready().await;
    }

    /// The same with all settings, for a process that may never become ready.
    pub(crate) fn restart_without_waiting(&mut self) {
        self.process.kill();
        self.process = Process::start(self.command, &self.settings);
    }

    /// Restarts it as a service manager does: again if it exits before it is ready, because its database is unavailable.
    pub(crate) async fn restart_until_ready(&mut self) {
        self.restart_without_waiting();
        let ready = if self.front.is_some() { "open " } else { "working on jobs" };
        wait_until("the process is ready", async || {
            if self.process.exit_status().is_some() {
                self.restart_without_waiting();
            }
            self.process.find_in_log(ready).is_some()
        })
        .await;
        self.wait_until_listening().await;
    }

    /// The proxies of all its connections.
    pub(crate) fn links(&self) -> impl Iterator<Item = Arc<Proxy>> {
        [&self.database, &self.bus, &self.front].into_iter().flatten().cloned()
    }

    /// Its URL behind the proxy.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.front.as_ref().expect("it listens").address())
    }

    /// Its URL without a proxy.
    pub(crate) fn direct(&self) -> String {
        self.process.find_in_log("open ").expect("it said so before it was ready")
    }

    /// Waits until it has logged that it is running, and forwards clients to it.
    async fn wait_until_listening(&mut self) -> Option<url::Url> {
        let Some(front) = &self.front else {
            self.process.wait_for_log("working on jobs").await;
            return None;
        };
        let url: url::Url = self.process.wait_for_log("open ").await.parse().expect("it says where");
        front.forward_to(url.socket_addrs(|| None).expect("an address")[0]);
        Some(url)
    }

    async fn wait_until_ready(&mut self) {
        let Some(url) = self.wait_until_listening().await else { return };
        let (client, ready) = (reqwest::Client::builder().no_proxy().build().unwrap(), url.join("/readyz").unwrap());
        wait_until("it is ready", async || client.get(ready.clone()).send().await.is_ok_and(|answer| answer.status() == 200)).await;
    }
}

/// Puts a proxy in front of the server in this setting. Several servers have none: tests stop these themselves.
async fn behind_proxy(settings: &mut [(String, String)], name: &str) -> Option<Arc<Proxy>> {
    let (_, value) = settings.iter_mut().find(|(setting, _)| setting == name)?;
    if value.contains(',') {
        return None;
    }
    let mut url: url::Url = value.parse().unwrap();
    let proxy = Proxy::to(url.socket_addrs(|| None).expect("an address")[0]).await;
    url.set_ip_host(proxy.address().ip()).unwrap();
    url.set_port(Some(proxy.address().port())).unwrap();
    *value = url.into();
    Some(Arc::new(proxy))
}
