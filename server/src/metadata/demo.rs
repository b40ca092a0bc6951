//! The source of `METADATA=demo`: the same clients, spoken to over real HTTP, against an emulator of both of YouTube's end points that
//! listens on a loopback port of its own. Everything it answers is a fixed function of the id (see `fate`), so that every run is the same.

mod emulator;
mod fate;
mod words;

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use async_trait::async_trait;
use secrecy::SecretString;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use url::Url;

pub use self::fate::{Fate, fate};
use super::{AdaptiveLimiter, Source, SourceAway, http::Http, oembed::Oembed, retry::Policy, youtube_api::YoutubeApi};
use crate::job::{Failure, Metadata};

/// After the signal to stop, the emulator answers on while look-ups in flight end; were it gone at once, they would find the source away,
/// and jobs would wait for it after the restart. As long as a process may take to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A client and the emulator that it talks to.
pub(super) struct Demo {
    client: Box<dyn Source>,
    /// Ends the emulator with the source.
    _emulator: AbortOnDropHandle<()>,
}

impl Demo {
    /// Starts the emulator; with a key it is spoken to as `api`, else as `oembed`.
    pub(super) fn start(speed: f64, key: Option<SecretString>, shutdown: CancellationToken) -> anyhow::Result<Self> {
        anyhow::ensure!(speed.is_finite() && speed > 0.0, "DEMO_SPEED is {speed}; it must be a number above 0, such as 1 or 10.");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("the demo source found no free port on 127.0.0.1")?;
        listener.set_nonblocking(true)?;
        let base = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let emulator = AbortOnDropHandle::new(tokio::spawn(async move {
            let served = async { axum::serve(listener, emulator::router(speed)).await };
            let stopped = async {
                shutdown.cancelled().await;
                tokio::time::sleep(GRACE).await;
            };
            tokio::select! {
                Err(error) = served => tracing::error!(%error, "the demo source ended"),
                () = stopped => {}
            }
        }));
        let mut policy = Policy::default();
        // Backoff keeps step with the answers.
        policy.base = policy.base.div_f64(speed.max(1.0));
        let http = Http::loopback()?;
        let client: Box<dyn Source> = match key {
            Some(key) => Box::new(YoutubeApi::new(http, Some(base), key, policy)),
            None => Box::new(Oembed::new(http, Some(base), policy)),
        };
        Ok(Self { client, _emulator: emulator })
    }
}

#[async_trait]
impl Source for Demo {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn batch(&self) -> usize {
        self.client.batch()
    }

    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        self.client.limiter()
    }

    async fn look_up(&self, ids: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceAway> {
        self.client.look_up(ids).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_emulator_outlives_the_signal_by_its_grace() {
        let shutdown = CancellationToken::new();
        let demo = Demo::start(1.0, None, shutdown.clone()).unwrap();
        shutdown.cancel();
        tokio::time::sleep(GRACE - Duration::from_secs(1)).await;
        assert!(!demo._emulator.is_finished());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(demo._emulator.is_finished());
    }
}
