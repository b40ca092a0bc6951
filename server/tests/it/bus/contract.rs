//! The contract suite of both buses. `one` and `two` are two processes of one system, or a single process if `two` is `None`.

use bytes::Bytes;
use server::internals::bus::{BusEvent, Signal};
use uuid::Uuid;

use super::{BusClient, shared_redis};

/// Runs each test on the local bus, on one Redis connection, and between two.
macro_rules! for_every_bus {
    ($($test:ident),+ $(,)?) => {
        mod local {
            use super::*;
            $(#[tokio::test] async fn $test() { super::$test(BusClient::local(), None).await; })+
        }
        mod redis {
            use super::*;
            $(#[tokio::test] async fn $test() { super::$test(BusClient::redis(&shared_redis()).await, None).await; })+
        }
        mod redis_between_processes {
            use super::*;
            $(#[tokio::test] async fn $test() {
                super::$test(BusClient::redis(&shared_redis()).await, Some(BusClient::redis(&shared_redis()).await)).await;
            })+
        }
    };
}

/// On a cluster, which takes longer to start than all of the tests.
#[tokio::test]
async fn contract_holds_on_a_redis_cluster() {
    let cluster = super::redis_cluster::RedisCluster::start().await;
    let client = async || BusClient::redis(&cluster.url()).await;
    messages_arrive_only_on_subscribed_channels(client().await, Some(client().await)).await;
    subscription_is_confirmed_before_subscribe_returns(client().await, Some(client().await)).await;
    subscribing_twice_delivers_messages_once(client().await, Some(client().await)).await;
    signals_reach_every_process(client().await, Some(client().await)).await;
    payloads_are_delivered_unchanged_whatever_they_hold(client().await, Some(client().await)).await;
    messages_of_a_channel_arrive_in_order(client().await, Some(client().await)).await;
}

for_every_bus!(
    messages_arrive_only_on_subscribed_channels,
    subscription_is_confirmed_before_subscribe_returns,
    subscribing_twice_delivers_messages_once,
    signals_reach_every_process,
    payloads_are_delivered_unchanged_whatever_they_hold,
    messages_of_a_channel_arrive_in_order
);

async fn messages_arrive_only_on_subscribed_channels(mut one: BusClient, two: Option<BusClient>) {
    let [mine, other] = [Uuid::new_v4(), Uuid::new_v4()];
    let publisher = two.as_ref().map_or(&one.bus, |two| &two.bus).clone();
    one.bus.subscribe(mine).await.unwrap();
    publisher.publish(other, Bytes::from_static(b"not for us")).await.unwrap();
    publisher.publish(mine, Bytes::from_static(b"first")).await.unwrap();
    assert_eq!(one.message().await, (mine, Bytes::from_static(b"first")));
    one.bus.subscribe(other).await.unwrap();
    one.bus.unsubscribe(mine).await;
    one.bus.unsubscribe(mine).await;
    publisher.publish(mine, Bytes::from_static(b"too late")).await.unwrap();
    publisher.publish(other, Bytes::from_static(b"now for us")).await.unwrap();
    assert_eq!(one.message().await, (other, Bytes::from_static(b"now for us")));
}

async fn subscription_is_confirmed_before_subscribe_returns(mut one: BusClient, two: Option<BusClient>) {
    let publisher = two.as_ref().map_or(&one.bus, |two| &two.bus).clone();
    for n in 0..200 {
        let user = Uuid::new_v4();
        one.bus.subscribe(user).await.unwrap();
        let payload = Bytes::from(format!("{n}"));
        publisher.publish(user, payload.clone()).await.unwrap();
        assert_eq!(one.message().await, (user, payload));
        if n % 2 == 0 {
            one.bus.unsubscribe(user).await;
        }
    }
}

async fn subscribing_twice_delivers_messages_once(mut one: BusClient, two: Option<BusClient>) {
    let publisher = two.as_ref().map_or(&one.bus, |two| &two.bus).clone();
    let user = Uuid::new_v4();
    one.bus.subscribe(user).await.unwrap();
    one.bus.subscribe(user).await.unwrap();
    publisher.publish(user, Bytes::from_static(b"a")).await.unwrap();
    publisher.publish(user, Bytes::from_static(b"b")).await.unwrap();
    assert_eq!(one.message().await.1, "a");
    assert_eq!(one.message().await.1, "b", "each message comes once");
}

async fn signals_reach_every_process(mut one: BusClient, mut two: Option<BusClient>) {
    let [a, b] = [Uuid::new_v4(), Uuid::new_v4()];
    let job_ids = (0..5_000).map(|_| Uuid::new_v4()).collect();
    let signals =
        [Signal::SessionEnded { session_id: a }, Signal::JobDismissed { user_id: a, job_id: b }, Signal::JobsRemoved { user_id: a, job_ids }];
    for signal in &signals {
        one.bus.signal(signal).await.unwrap();
        for client in [Some(&mut one), two.as_mut()].into_iter().flatten() {
            client.next(|event| (event == BusEvent::Signal(signal.clone())).then_some(())).await;
        }
    }
    one.bus.signal(&Signal::WorkWaiting).await.unwrap();
    for client in [Some(&mut one), two.as_mut()].into_iter().flatten() {
        client.next(|event| (event == BusEvent::Signal(Signal::WorkWaiting)).then_some(())).await;
    }
}

/// Validation is up to the receiver.
async fn payloads_are_delivered_unchanged_whatever_they_hold(mut one: BusClient, two: Option<BusClient>) {
    let publisher = two.as_ref().map_or(&one.bus, |two| &two.bus).clone();
    let user = Uuid::new_v4();
    one.bus.subscribe(user).await.unwrap();
    for payload in [Bytes::new(), Bytes::from_static(b"\xff\r\n\0"), Bytes::from(vec![b'x'; 20 * 1024])] {
        publisher.publish(user, payload.clone()).await.unwrap();
        assert_eq!(one.message().await, (user, payload));
    }
}

async fn messages_of_a_channel_arrive_in_order(mut one: BusClient, two: Option<BusClient>) {
    let publisher = two.as_ref().map_or(&one.bus, |two| &two.bus).clone();
    let user = Uuid::new_v4();
    one.bus.subscribe(user).await.unwrap();
    for n in 0..500u32 {
        publisher.publish(user, Bytes::from(n.to_string())).await.unwrap();
    }
    for n in 0..500u32 {
        assert_eq!(one.message().await.1, n.to_string());
    }
}

#[tokio::test]
async fn events_can_be_taken_once() {
    for client in [BusClient::local(), BusClient::redis(&shared_redis()).await] {
        assert!(client.bus.problem().is_none());
        assert!(client.bus.take_events().is_none());
    }
}

#[tokio::test]
async fn invalid_signals_are_dropped() {
    let mut one = BusClient::redis(&shared_redis()).await;
    let client = ::redis::Client::open(shared_redis()).unwrap();
    let mut foreign = client.get_multiplexed_async_connection().await.unwrap();
    for garbage in ["", "garbage", r#"{"type":"unheard_of"}"#, r#"{"type":"session_ended","session_id":"nobody"}"#] {
        ::redis::cmd("PUBLISH").arg("playmarks:control").arg(garbage).exec_async(&mut foreign).await.unwrap();
    }
    let signal = Signal::SessionEnded { session_id: Uuid::new_v4() };
    one.bus.signal(&signal).await.unwrap();
    one.next(|event| (event == BusEvent::Signal(signal.clone())).then_some(())).await;
}
