//! The contract suite: each promise once, for both buses. `one` and `two` are two processes of one system, or the same one.

use bytes::Bytes;
use server::bus::{BusEvent, Signal};
use uuid::Uuid;

use super::{Station, shared_redis};

/// Each of these runs on the local bus, on one Redis connection, and between two.
macro_rules! on_every_bus {
    ($($promise:ident),+ $(,)?) => {
        mod local {
            use super::*;
            $(#[tokio::test] async fn $promise() { super::$promise(Station::local(), None).await; })+
        }
        mod redis {
            use super::*;
            $(#[tokio::test] async fn $promise() { super::$promise(Station::redis(&shared_redis()).await, None).await; })+
        }
        mod redis_between_processes {
            use super::*;
            $(#[tokio::test] async fn $promise() {
                super::$promise(Station::redis(&shared_redis()).await, Some(Station::redis(&shared_redis()).await)).await;
            })+
        }
    };
}

on_every_bus!(
    only_those_subscribed_to_arrive,
    a_subscription_is_confirmed,
    subscribing_twice_is_once,
    signals_reach_every_process,
    anything_is_carried,
    order_is_kept
);

async fn only_those_subscribed_to_arrive(mut one: Station, two: Option<Station>) {
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

async fn a_subscription_is_confirmed(mut one: Station, two: Option<Station>) {
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

async fn subscribing_twice_is_once(mut one: Station, two: Option<Station>) {
    let publisher = two.as_ref().map_or(&one.bus, |two| &two.bus).clone();
    let user = Uuid::new_v4();
    one.bus.subscribe(user).await.unwrap();
    one.bus.subscribe(user).await.unwrap();
    publisher.publish(user, Bytes::from_static(b"a")).await.unwrap();
    publisher.publish(user, Bytes::from_static(b"b")).await.unwrap();
    assert_eq!(one.message().await.1, "a");
    assert_eq!(one.message().await.1, "b", "each message comes once");
}

async fn signals_reach_every_process(mut one: Station, mut two: Option<Station>) {
    let [a, b] = [Uuid::new_v4(), Uuid::new_v4()];
    let signals =
        [Signal::SessionEnded { session_id: a }, Signal::JobDismissed { user_id: a, job_id: b }, Signal::JobRemoved { user_id: a, job_id: b }];
    for signal in &signals {
        one.bus.signal(signal).await.unwrap();
        for station in [Some(&mut one), two.as_mut()].into_iter().flatten() {
            station.next(|event| (event == BusEvent::Signal(signal.clone())).then_some(())).await;
        }
    }
    one.bus.signal(&Signal::WorkWaiting).await.unwrap();
    for station in [Some(&mut one), two.as_mut()].into_iter().flatten() {
        station.next(|event| (event == BusEvent::Signal(Signal::WorkWaiting)).then_some(())).await;
    }
}

/// Reading what comes is not the bus' business.
async fn anything_is_carried(mut one: Station, two: Option<Station>) {
    let publisher = two.as_ref().map_or(&one.bus, |two| &two.bus).clone();
    let user = Uuid::new_v4();
    one.bus.subscribe(user).await.unwrap();
    for payload in [Bytes::new(), Bytes::from_static(b"\xff\r\n\0"), Bytes::from(vec![b'x'; 20 * 1024])] {
        publisher.publish(user, payload.clone()).await.unwrap();
        assert_eq!(one.message().await, (user, payload));
    }
}

async fn order_is_kept(mut one: Station, two: Option<Station>) {
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
async fn the_events_have_one_reader() {
    for station in [Station::local(), Station::redis(&shared_redis()).await] {
        assert!(station.bus.is_up());
        assert!(station.bus.events().is_none());
    }
}

#[tokio::test]
async fn what_is_no_signal_is_dropped() {
    let mut one = Station::redis(&shared_redis()).await;
    let client = ::redis::Client::open(shared_redis()).unwrap();
    let mut foreign = client.get_multiplexed_async_connection().await.unwrap();
    for garbage in ["", "garbage", r#"{"type":"unheard_of"}"#, r#"{"type":"session_ended","session_id":"nobody"}"#] {
        ::redis::cmd("PUBLISH").arg("playmarks:control").arg(garbage).exec_async(&mut foreign).await.unwrap();
    }
    let signal = Signal::SessionEnded { session_id: Uuid::new_v4() };
    one.bus.signal(&signal).await.unwrap();
    one.next(|event| (event == BusEvent::Signal(signal.clone())).then_some(())).await;
}
