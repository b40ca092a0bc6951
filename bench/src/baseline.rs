//! The baseline: a TCP server that reads the name of a channel from each connection, then writes every message of that channel as a
//! pre-built WebSocket frame. No authentication, parsing or conflation: the least work that any server can do.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use anyhow::Context;
use futures::StreamExt;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
};

type Subscribers = Arc<Mutex<HashMap<String, Vec<Arc<tokio::sync::Mutex<OwnedWriteHalf>>>>>>;

/// Prints its address on standard output, then serves until it is killed.
#[expect(clippy::print_stdout, reason = "the parent process reads the address")]
pub(crate) async fn serve(redis_url: &str) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let subscribers = Subscribers::default();
    let mut subscription = redis::Client::open(redis_url)?.get_async_pubsub().await?;
    subscription.psubscribe("progress:user:*").await?;
    tokio::spawn(forward_messages(subscription, subscribers.clone()));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(subscribe(stream, subscribers.clone()));
    }
}

async fn subscribe(stream: TcpStream, subscribers: Subscribers) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let (read, write) = stream.into_split();
    let mut channel = String::new();
    BufReader::new(read).read_line(&mut channel).await?;
    let mut subscribers = subscribers.lock().ok().context("another task panicked")?;
    subscribers.entry(channel.trim().to_owned()).or_default().push(Arc::new(tokio::sync::Mutex::new(write)));
    Ok(())
}

async fn forward_messages(mut subscription: redis::aio::PubSub, subscribers: Subscribers) {
    let mut messages = subscription.on_message();
    while let Some(message) = messages.next().await {
        let payload = message.get_payload_bytes();
        let Ok(length) = u16::try_from(payload.len()) else { continue };
        let mut frame = vec![0x81, 126];
        frame.extend(length.to_be_bytes());
        frame.extend_from_slice(payload);
        let writers = subscribers.lock().ok().and_then(|subscribers| subscribers.get(message.get_channel_name()).cloned()).unwrap_or_default();
        for writer in writers {
            // Closed connections are ignored.
            let _ = writer.lock().await.write_all(&frame).await;
        }
    }
}
