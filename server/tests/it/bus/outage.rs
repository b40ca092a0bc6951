//! Redis goes away and comes back.

use std::time::{Duration, Instant};

use bytes::Bytes;
use server::bus::{BusEvent, redis::RedisBus};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Station, redis_server::RedisServer, until};

fn is(wanted: BusEvent) -> impl FnMut(BusEvent) -> Option<()> {
    move |event| (event == wanted).then_some(())
}

async fn channels(server: &RedisServer) -> Vec<String> {
    let mut channels = server.ask(&["PUBSUB", "CHANNELS", "progress:user:*"]).await;
    channels.sort();
    channels
}

fn names(mut users: Vec<Uuid>) -> Vec<String> {
    users.sort();
    users.iter().map(|user| format!("progress:user:{user}")).collect()
}

#[tokio::test]
async fn a_killed_redis_is_lost_at_once_and_comes_back_with_the_live_subscriptions() {
    let mut server = RedisServer::start().await;
    let mut station = Station::redis(&server.url()).await;
    let users: Vec<Uuid> = (0..1_200).map(|_| Uuid::new_v4()).collect();
    for user in &users {
        station.bus.subscribe(*user).await.unwrap();
    }
    station.bus.unsubscribe(users[0]).await;
    for round in 0..3 {
        let before = Instant::now();
        server.kill();
        station.next(is(BusEvent::Lost)).await;
        assert!(before.elapsed() < Duration::from_secs(1), "noticed after {:?}", before.elapsed());
        assert!(!station.bus.is_up());
        assert!(station.bus.subscribe(users[0]).await.is_err());
        assert!(station.bus.publish(users[5], Bytes::new()).await.is_err());
        // Somebody leaves while it is away.
        station.bus.unsubscribe(users[1 + round]).await;
        server.run().await;
        station.next(is(BusEvent::Restored)).await;
        assert!(station.bus.is_up());
        assert_eq!(channels(&server).await, names(users[2 + round..].to_vec()));
    }
    station.bus.publish(users[9], Bytes::from_static(b"again")).await.unwrap();
    assert_eq!(station.message().await, (users[9], Bytes::from_static(b"again")));
    station.bus.subscribe(users[0]).await.unwrap();
    station.bus.publish(users[0], Bytes::from_static(b"new")).await.unwrap();
    assert_eq!(station.message().await, (users[0], Bytes::from_static(b"new")));
}

#[tokio::test]
async fn a_frozen_redis_is_lost_too() {
    let server = RedisServer::start().await;
    let mut station = Station::redis(&server.url()).await;
    let user = Uuid::new_v4();
    station.bus.subscribe(user).await.unwrap();
    server.freeze(true);
    assert!(station.bus.publish(user, Bytes::from_static(b"into the void")).await.is_err());
    station.next(is(BusEvent::Lost)).await;
    assert!(!station.bus.is_up());
    server.freeze(false);
    station.next(is(BusEvent::Restored)).await;
    station.bus.publish(user, Bytes::from_static(b"thawed")).await.unwrap();
    assert_eq!(station.message().await.1, "thawed", "what the old connection was still sent is not heard");
}

#[tokio::test]
async fn a_subscriber_that_redis_drops_is_back_soon() {
    let server = RedisServer::start().await;
    let mut station = Station::redis(&server.url()).await;
    let user = Uuid::new_v4();
    station.bus.subscribe(user).await.unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let mut other = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("CLIENT").arg(&["KILL", "TYPE", "pubsub"]).exec_async(&mut other).await.unwrap();
    station.next(is(BusEvent::Lost)).await;
    station.next(is(BusEvent::Restored)).await;
    assert_eq!(channels(&server).await, names(vec![user]));
}

#[tokio::test]
async fn it_starts_without_redis_and_waits_for_it() {
    let mut server = RedisServer::absent();
    let before = Instant::now();
    let mut station = Station::redis(&server.url()).await;
    assert!(before.elapsed() < Duration::from_secs(2));
    assert!(!station.bus.is_up());
    assert!(station.bus.subscribe(Uuid::nil()).await.is_err());
    server.run().await;
    until(async || station.bus.is_up()).await;
    station.bus.subscribe(Uuid::nil()).await.unwrap();
    station.bus.publish(Uuid::nil(), Bytes::from_static(b"here")).await.unwrap();
    assert_eq!(station.message().await.1, "here");
}

#[tokio::test]
async fn addresses() {
    assert!(RedisBus::start("http://127.0.0.1/", CancellationToken::new()).await.is_err());
    // TLS is spoken where the address says so, which this server does not.
    let server = RedisServer::start().await;
    let station = Station::redis(&server.url().replace("redis://", "rediss://")).await;
    assert!(!station.bus.is_up());
}
