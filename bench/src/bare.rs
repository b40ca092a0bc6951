//! The yardstick: accepts connections, reads the name of a channel, and writes each message of that channel as a pre-built WebSocket
//! frame. No authentication, no parsing, no conflation: the least that any server can do.

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

type Readers = Arc<Mutex<HashMap<String, Vec<Arc<tokio::sync::Mutex<OwnedWriteHalf>>>>>>;

/// Says its address on standard output, then serves until it is killed.
#[expect(clippy::print_stdout, reason = "the address is what the parent waits for")]
pub(crate) async fn serve(redis: &str) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let readers = Readers::default();
    let mut subscription = redis::Client::open(redis)?.get_async_pubsub().await?;
    subscription.psubscribe("progress:user:*").await?;
    tokio::spawn(deliver(subscription, readers.clone()));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(register(stream, readers.clone()));
    }
}

async fn register(stream: TcpStream, readers: Readers) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let (read, write) = stream.into_split();
    let mut channel = String::new();
    BufReader::new(read).read_line(&mut channel).await?;
    let mut readers = readers.lock().ok().context("the readers")?;
    readers.entry(channel.trim().to_owned()).or_default().push(Arc::new(tokio::sync::Mutex::new(write)));
    Ok(())
}

async fn deliver(mut subscription: redis::aio::PubSub, readers: Readers) {
    let mut messages = subscription.on_message();
    while let Some(message) = messages.next().await {
        let payload = message.get_payload_bytes();
        let Ok(length) = u16::try_from(payload.len()) else { continue };
        let mut frame = vec![0x81, 126];
        frame.extend(length.to_be_bytes());
        frame.extend_from_slice(payload);
        let writers = readers.lock().ok().and_then(|readers| readers.get(message.get_channel_name()).cloned()).unwrap_or_default();
        for writer in writers {
            // One that is gone is passed over.
            let _ = writer.lock().await.write_all(&frame).await;
        }
    }
}
