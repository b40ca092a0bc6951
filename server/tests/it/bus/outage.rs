//! Redis stops, freezes, drops its subscriber, or is not there yet.

use std::time::{Duration, Instant};

use bytes::Bytes;
use server::internals::bus::{BusEvent, redis::RedisBus};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{BusClient, redis_server::RedisServer};
use crate::support::wait_until;

fn only(wanted: BusEvent) -> impl FnMut(BusEvent) -> Option<()> {
    move |event| (event == wanted).then_some(())
}

async fn subscribed_channels(server: &RedisServer) -> Vec<String> {
    let mut channels = server.ask(&["PUBSUB", "CHANNELS", "progress:user:*"]).await;
    channels.sort();
    channels
}

fn channel_names(mut users: Vec<Uuid>) -> Vec<String> {
    users.sort();
    users.iter().map(|user| format!("progress:user:{user}")).collect()
}

#[tokio::test]
async fn killed_redis_is_noticed_at_once_and_subscriptions_are_restored_when_it_returns() {
    let mut server = RedisServer::start().await;
    let mut bus_client = BusClient::redis(&server.url()).await;
    let users: Vec<Uuid> = (0..1_200).map(|_| Uuid::new_v4()).collect();
    for user in &users {
        bus_client.bus.subscribe(*user).await.unwrap();
    }
    bus_client.bus.unsubscribe(users[0]).await;
    for round in 0..3 {
        let before = Instant::now();
        server.kill();
        bus_client.next(only(BusEvent::Lost)).await;
        assert!(before.elapsed() < Duration::from_secs(1), "noticed after {:?}", before.elapsed());
        assert!(bus_client.bus.problem().is_some());
        assert!(bus_client.bus.subscribe(users[0]).await.is_err());
        assert!(bus_client.bus.publish(users[5], Bytes::new()).await.is_err());
        // A user leaves while it is down.
        bus_client.bus.unsubscribe(users[1 + round]).await;
        server.run().await;
        bus_client.next(only(BusEvent::Restored)).await;
        assert!(bus_client.bus.problem().is_none());
        assert_eq!(subscribed_channels(&server).await, channel_names(users[2 + round..].to_vec()));
    }
    bus_client.bus.publish(users[9], Bytes::from_static(b"again")).await.unwrap();
    assert_eq!(bus_client.message().await, (users[9], Bytes::from_static(b"again")));
    bus_client.bus.subscribe(users[0]).await.unwrap();
    bus_client.bus.publish(users[0], Bytes::from_static(b"new")).await.unwrap();
    assert_eq!(bus_client.message().await, (users[0], Bytes::from_static(b"new")));
}

#[tokio::test]
async fn frozen_redis_counts_as_lost_until_it_answers() {
    let server = RedisServer::start().await;
    let mut bus_client = BusClient::redis(&server.url()).await;
    let user = Uuid::new_v4();
    bus_client.bus.subscribe(user).await.unwrap();
    server.freeze(true);
    assert!(bus_client.bus.publish(user, Bytes::from_static(b"into the void")).await.is_err());
    bus_client.next(only(BusEvent::Lost)).await;
    assert!(bus_client.bus.problem().is_some());
    server.freeze(false);
    bus_client.next(only(BusEvent::Restored)).await;
    bus_client.bus.publish(user, Bytes::from_static(b"thawed")).await.unwrap();
    assert_eq!(bus_client.message().await.1, "thawed", "what was sent to the old connection is not delivered");
}

#[tokio::test]
async fn subscriptions_are_restored_when_redis_drops_the_subscriber() {
    let server = RedisServer::start().await;
    let mut bus_client = BusClient::redis(&server.url()).await;
    let user = Uuid::new_v4();
    bus_client.bus.subscribe(user).await.unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let mut other = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("CLIENT").arg(&["KILL", "TYPE", "pubsub"]).exec_async(&mut other).await.unwrap();
    bus_client.next(only(BusEvent::Lost)).await;
    bus_client.next(only(BusEvent::Restored)).await;
    assert_eq!(subscribed_channels(&server).await, channel_names(vec![user]));
}

#[tokio::test]
async fn bus_starts_without_redis_and_connects_once_it_runs() {
    let mut server = RedisServer::absent();
    let before = Instant::now();
    let mut bus_client = BusClient::redis(&server.url()).await;
    assert!(before.elapsed() < Duration::from_secs(2));
    assert!(bus_client.bus.problem().is_some());
    assert!(bus_client.bus.subscribe(Uuid::nil()).await.is_err());
    server.run().await;
    wait_until("the bus is connected", async || bus_client.bus.problem().is_none()).await;
    bus_client.bus.subscribe(Uuid::nil()).await.unwrap();
    bus_client.bus.publish(Uuid::nil(), Bytes::from_static(b"here")).await.unwrap();
    assert_eq!(bus_client.message().await.1, "here");
}

#[tokio::test]
async fn unusable_addresses_are_refused_or_never_connected() {
    assert!(RedisBus::start("http://127.0.0.1/", CancellationToken::new()).await.is_err());
    // TLS, which this server does not speak.
    let server = RedisServer::start().await;
    let bus_client = BusClient::redis(&server.url().replace("redis://", "rediss://")).await;
    assert!(bus_client.bus.problem().is_some());
}
