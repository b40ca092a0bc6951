//! One process of a system, with a breakable connection to everything it talks to.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::time::sleep;

use super::{process::Process, proxy::Proxy, until};

/// A `serve`, `web` or `worker`. The proxies stay when the process dies, so that clients find it again at the same address.
pub(crate) struct Node {
    command: &'static str,
    settings: Vec<(String, String)>,
    pub(crate) process: Process,
    /// To PostgreSQL, where there is one.
    pub(crate) database: Option<Arc<Proxy>>,
    /// To Redis, where there is one.
    pub(crate) bus: Option<Arc<Proxy>>,
    /// From clients, where it listens to any.
    pub(crate) front: Option<Arc<Proxy>>,
}

impl Node {
    /// Starts it, and returns when it is ready. Its connections to these addresses of the settings are broken at will.
    pub(super) async fn start(command: &'static str, settings: Vec<(String, String)>) -> Self {
        let mut settings = settings;
        let database = behind_proxy(&mut settings, "DATABASE_URL").await;
        let bus = behind_proxy(&mut settings, "REDIS_URL").await;
        // Leads nowhere before the process says where it listens.
        let front = if command == "worker" { None } else { Some(Arc::new(Proxy::to(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))).await)) };
        let mut node = Self { command, process: Process::start(command, &settings), settings, database, bus, front };
        node.ready().await;
        node
    }

    /// Starts a new process in the place of the old one, which is killed if it still runs, without settings of these names.
    pub(crate) async fn restart(&mut self, without: &[&str]) {
        self.settings.retain(|(name, _)| !without.contains(&name.as_str()));
        self.restart_unseen();
        self.ready().await;
    }

    /// The same with the same settings, for a process that may never get ready.
    pub(crate) fn restart_unseen(&mut self) {
        self.process.kill();
        self.process = Process::start(self.command, &self.settings);
    }

    /// A new process as a supervisor starts it: again where it ended before it was ready, for want of its database.
    pub(crate) async fn supervise(&mut self) {
        self.restart_unseen();
        let ready = if self.front.is_some() { "open " } else { "working on jobs" };
        while self.process.said(ready).is_none() {
            sleep(Duration::from_millis(100)).await;
            if self.process.ended().is_some() {
                self.restart_unseen();
            }
        }
        self.listens().await;
    }

    /// Every connection that can be broken.
    pub(crate) fn links(&self) -> impl Iterator<Item = Arc<Proxy>> {
        [&self.database, &self.bus, &self.front].into_iter().flatten().cloned()
    }

    /// Where clients find it.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.front.as_ref().expect("it listens").address())
    }

    /// Where it listens itself, with nothing in between.
    pub(crate) fn direct(&self) -> String {
        self.process.said("open ").expect("it said so before it was ready")
    }

    /// Waits until it says that it works, and lets its clients find it.
    async fn listens(&mut self) -> Option<url::Url> {
        let Some(front) = &self.front else {
            self.process.says("working on jobs").await;
            return None;
        };
        let url: url::Url = self.process.says("open ").await.parse().expect("it says where");
        front.lead_to(url.socket_addrs(|| None).expect("an address")[0]);
        Some(url)
    }

    async fn ready(&mut self) {
        let Some(url) = self.listens().await else { return };
        let (client, ready) = (reqwest::Client::builder().no_proxy().build().unwrap(), url.join("/readyz").unwrap());
        until("it is ready", async || client.get(ready.clone()).send().await.is_ok_and(|answer| answer.status() == 200)).await;
    }
}

/// Puts a proxy between the process and what this setting names.
async fn behind_proxy(settings: &mut [(String, String)], name: &str) -> Option<Arc<Proxy>> {
    let (_, value) = settings.iter_mut().find(|(setting, _)| setting == name)?;
    let mut url: url::Url = value.parse().unwrap();
    let proxy = Proxy::to(url.socket_addrs(|| None).expect("an address")[0]).await;
    url.set_ip_host(proxy.address().ip()).unwrap();
    url.set_port(Some(proxy.address().port())).unwrap();
    *value = url.into();
    Some(Arc::new(proxy))
}
