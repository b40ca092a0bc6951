//! Servers that accept connections, but carry no messages: replicas, Sentinels, and whoever may not publish. And a primary that moves.

use bytes::Bytes;
use server::internals::bus::BusEvent;
use tempfile::TempDir;
use uuid::Uuid;

use super::{BusClient, redis_server::RedisServer};
use crate::support::wait_until;

#[tokio::test]
async fn replica_alone_is_refused_with_a_sentence() {
    let primary = RedisServer::start().await;
    let replica = RedisServer::replica_of(&primary).await;
    let client = BusClient::redis(&replica.url()).await;
    let problem = client.bus.problem().unwrap();
    assert!(problem.contains("it is a replica") && problem.contains("REDIS_URL"), "{problem}");
    assert!(!client.bus.is_up_for(Uuid::nil()));
}

#[tokio::test]
async fn sentinel_is_refused_with_a_sentence() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("sentinel.conf");
    std::fs::write(&config, "").unwrap();
    let mut sentinel = RedisServer::with_options(vec![config.display().to_string(), "--sentinel".into()]);
    sentinel.run().await;
    let client = BusClient::redis(&sentinel.url()).await;
    let problem = client.bus.problem().unwrap();
    assert!(problem.contains("it is a Sentinel") && problem.contains("REDIS_URL"), "{problem}");
}

/// It answers every PING.
#[tokio::test]
async fn server_that_no_longer_carries_messages_counts_as_lost() {
    let server = RedisServer::start().await;
    let mut client = BusClient::redis(&server.url()).await;
    assert_eq!(client.bus.problem(), None);
    assert_eq!(server.reply(&["ACL", "SETUSER", "default", "-publish"]).await, "OK");
    client.next(|event| (event == BusEvent::Lost).then_some(())).await;
    let problem = client.bus.problem().unwrap();
    assert!(problem.contains("publish"), "{problem}");
    assert_eq!(server.reply(&["ACL", "SETUSER", "default", "+publish"]).await, "OK");
    client.next(|event| (event == BusEvent::Restored).then_some(())).await;
}

#[tokio::test]
async fn primary_is_found_among_several_servers_and_followed() {
    let mut primary = RedisServer::start().await;
    let replica = RedisServer::replica_of(&primary).await;
    let url = format!("redis://127.0.0.1:{},127.0.0.1:{}/", replica.port, primary.port);
    let (mut one, two) = (BusClient::redis(&url).await, BusClient::redis(&url).await);
    let user = Uuid::new_v4();
    one.bus.subscribe(user).await.unwrap();
    two.bus.publish(user, Bytes::from_static(b"before")).await.unwrap();
    assert_eq!(one.message().await.1, "before");
    primary.kill();
    one.next(|event| (event == BusEvent::Lost).then_some(())).await;
    assert_eq!(replica.reply(&["REPLICAOF", "NO", "ONE"]).await, "OK");
    one.next(|event| (event == BusEvent::Restored).then_some(())).await;
    wait_until("the other process is there, too", async || two.bus.problem().is_none()).await;
    two.bus.publish(user, Bytes::from_static(b"after")).await.unwrap();
    assert_eq!(one.message().await.1, "after");
    // Demoted without a word, it is left, too.
    primary.run().await;
    assert_eq!(replica.reply(&["REPLICAOF", "127.0.0.1", &primary.port.to_string()]).await, "OK");
    one.next(|event| (event == BusEvent::Lost).then_some(())).await;
    one.next(|event| (event == BusEvent::Restored).then_some(())).await;
    wait_until("it is subscribed at the primary", async || {
        primary.ask(&["PUBSUB", "CHANNELS", "progress:user:*"]).await.contains(&format!("progress:user:{user}"))
    })
    .await;
}
