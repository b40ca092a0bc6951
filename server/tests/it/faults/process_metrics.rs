//! Reads the metrics of a process as Prometheus does.

use reqwest::Client;

use super::node::Node;
use crate::support::wait_until;

/// The setting with which a process serves metrics on a free port.
pub(super) const METRICS_ON_ANY_PORT: (&str, &str) = ("METRICS_ADDR", "127.0.0.1:0");

pub(super) struct ProcessMetrics {
    client: Client,
    url: String,
}

impl ProcessMetrics {
    /// For a process that was started with [`METRICS_ON_ANY_PORT`].
    pub(super) async fn for_node(node: &mut Node) -> Self {
        Self { client: Client::builder().no_proxy().build().unwrap(), url: node.process.wait_for_log("metrics are at ").await }
    }

    /// A metric by its name and labels; 0 if it does not exist yet.
    pub(super) async fn get(&self, name: &str) -> f64 {
        let text = self.client.get(&self.url).send().await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok()).unwrap_or_default()
    }

    pub(super) async fn wait_for_at_least(&self, name: &str, min: f64) {
        let mut now = 0.0;
        wait_until(&format!("{name} reaches {min}"), async || {
            now = self.get(name).await;
            now >= min
        })
        .await;
    }
}
