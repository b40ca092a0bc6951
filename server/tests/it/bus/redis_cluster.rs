//! A Redis Cluster of three primaries with a replica each, whose nodes a test kills.

use std::process::{Command, Stdio};

use uuid::Uuid;

use super::redis_server::RedisServer;
use crate::support::{free_port, wait_until};

/// Killed when dropped.
pub(crate) struct RedisCluster {
    pub(crate) nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Returns once every node knows all others. A node that is silent for a second is replaced by its replica.
    pub(crate) async fn start() -> Self {
        let mut nodes = Vec::new();
        for _ in 0..6 {
            let bus_port = free_port().to_string();
            let options = ["--cluster-enabled", "yes", "--cluster-port", &bus_port, "--cluster-node-timeout", "1000"];
            let mut node = RedisServer::with_options(options.map(String::from).to_vec());
            node.run().await;
            nodes.push(node);
        }
        let addresses = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port));
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(addresses).args(["--cluster-replicas", "1", "--cluster-yes"]);
        let created = create.stdin(Stdio::null()).output().expect("redis-cli is installed");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        let cluster = Self { nodes };
        for node in &cluster.nodes {
            wait_until("the cluster is complete", async || {
                let (info, peers) = (node.reply(&["CLUSTER", "INFO"]).await, node.reply(&["CLUSTER", "NODES"]).await);
                info.contains("cluster_state:ok") && peers.matches(" slave ").count() + peers.matches("myself,slave").count() == 3
            })
            .await;
            let synced = async || {
                let replication = node.reply(&["INFO", "replication"]).await;
                replication.contains("master_link_status:up") || replication.contains("state=online")
            };
            wait_until("every primary has a replica", synced).await;
        }
        cluster
    }

    /// Names a primary and two replicas.
    pub(crate) fn url(&self) -> String {
        let ports: Vec<String> = [0, 3, 4].map(|number| format!("127.0.0.1:{}", self.nodes[number].port)).into();
        format!("redis://{}/", ports.join(","))
    }

    /// The node that carries a user's channel, and its replica, if it has one.
    pub(crate) async fn owner_of(&self, user: Uuid) -> (usize, Option<usize>) {
        let slot: u16 = self.nodes[3].reply(&["CLUSTER", "KEYSLOT", &format!("progress:user:{user}")]).await.parse().unwrap();
        let find = |name: &str| self.nodes.iter().position(|node| name.contains(&format!("127.0.0.1:{}@", node.port))).expect("one of ours");
        let lines: Vec<String> = self.nodes[3].reply(&["CLUSTER", "NODES"]).await.lines().map(str::to_owned).collect();
        let owns = |line: &&String| {
            line.split(' ').skip(8).any(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                first.parse().is_ok_and(|first: u16| first <= slot) && last.parse().is_ok_and(|last: u16| slot <= last)
            })
        };
        let primary = lines.iter().find(owns).expect("every slot has an owner");
        let id = primary.split(' ').next().expect("a node's id");
        let replica = lines.iter().find(|line| line.contains(&format!("slave {id}")));
        (find(primary), replica.map(|replica| find(replica)))
    }
}
