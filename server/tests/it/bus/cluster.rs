//! The bus on a Redis Cluster: nodes die, change roles, and hand over slots.

use bytes::Bytes;
use server::internals::bus::BusEvent;
use uuid::Uuid;

use super::{BusClient, redis_cluster::RedisCluster, redis_server::RedisServer};
use crate::support::wait_until;

/// Two users on different nodes, and the first one's node and replica.
async fn users(cluster: &RedisCluster) -> ([Uuid; 2], usize, usize) {
    let mine = Uuid::new_v4();
    let (primary, replica) = cluster.owner_of(mine).await;
    let replica = replica.expect("it has one");
    loop {
        let other = Uuid::new_v4();
        if cluster.owner_of(other).await.0 != primary {
            return ([mine, other], primary, replica);
        }
    }
}

/// Publishes until a message arrives, as the worker's next states would.
async fn wait_for_message(receiver: &mut BusClient, sender: &BusClient, user: Uuid) {
    wait_until("messages arrive again", async || {
        let sent = sender.bus.publish(user, Bytes::from_static(b"again")).await.is_ok();
        sent && receiver.message_within_a_second().await.is_some_and(|(channel, _)| channel == user)
    })
    .await;
}

async fn publish_as_others_do(node: &RedisServer, user: Uuid) {
    let client = redis::Client::open(node.url()).unwrap();
    let mut foreign = client.get_multiplexed_async_connection().await.unwrap();
    redis::Cmd::publish(format!("progress:user:{user}"), "from elsewhere").exec_async(&mut foreign).await.unwrap();
}

#[tokio::test]
async fn killed_node_concerns_only_its_users_until_its_replica_takes_over() {
    let mut cluster = RedisCluster::start().await;
    let (mut web, worker) = (BusClient::redis(&cluster.url()).await, BusClient::redis(&cluster.url()).await);
    let ([mine, other], primary, _) = users(&cluster).await;
    web.bus.subscribe(mine).await.unwrap();
    web.bus.subscribe(other).await.unwrap();
    for node in &cluster.nodes {
        publish_as_others_do(node, mine).await;
        assert_eq!(web.message().await, (mine, Bytes::from_static(b"from elsewhere")), "the plain channel is subscribed, too");
    }
    cluster.nodes[primary].kill();
    wait_until("the loss is noticed", async || !web.bus.is_up_for(mine)).await;
    assert!(web.bus.is_up_for(other), "others go on");
    assert!(web.bus.subscribe(mine).await.is_err());
    assert!(web.bus.problem().unwrap().contains(&cluster.nodes[primary].port.to_string()));
    worker.bus.publish(other, Bytes::from_static(b"meanwhile")).await.unwrap();
    assert_eq!(web.message().await, (other, Bytes::from_static(b"meanwhile")));
    // Subscribing failed, so this is not subscribed any more.
    web.next(|event| (event == BusEvent::Gap).then_some(())).await;
    web.bus.subscribe(mine).await.unwrap();
    wait_for_message(&mut web, &worker, mine).await;
    wait_until("all is well", async || web.bus.problem().is_none() && worker.bus.problem().is_none()).await;
}

/// Nobody dies: the primary becomes a replica, and ends all subscriptions on its own.
#[tokio::test]
async fn node_that_becomes_a_replica_is_left() {
    let cluster = RedisCluster::start().await;
    let (mut web, worker) = (BusClient::redis(&cluster.url()).await, BusClient::redis(&cluster.url()).await);
    let ([mine, _], _, replica) = users(&cluster).await;
    web.bus.subscribe(mine).await.unwrap();
    assert_eq!(cluster.nodes[replica].reply(&["CLUSTER", "FAILOVER"]).await, "OK");
    web.next(|event| (event == BusEvent::Gap).then_some(())).await;
    wait_for_message(&mut web, &worker, mine).await;
    assert_eq!(cluster.owner_of(mine).await.0, replica);
}
