//! What a process counts, as Prometheus would ask it.

use reqwest::Client;

use super::{node::Node, until};

/// Started with this setting, a process listens for it on a port of its own.
pub(super) const ANYWHERE: (&str, &str) = ("METRICS_ADDR", "127.0.0.1:0");

/// The figures of one process.
pub(super) struct Figures {
    client: Client,
    url: String,
}

impl Figures {
    /// Of a process that was started with [`ANYWHERE`].
    pub(super) async fn of(node: &mut Node) -> Self {
        Self { client: Client::builder().no_proxy().build().unwrap(), url: node.process.says("figures are at ").await }
    }

    /// One figure, with its labels if it has any; 0 before it was counted.
    pub(super) async fn get(&self, name: &str) -> f64 {
        let text = self.client.get(&self.url).send().await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok()).unwrap_or_default()
    }

    /// Waits until it is at least so much.
    pub(super) async fn reaches(&self, name: &str, least: f64) {
        let mut now = 0.0;
        until(&format!("{name} reaches {least}"), async || {
            now = self.get(name).await;
            now >= least
        })
        .await;
    }
}
