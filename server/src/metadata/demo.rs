//! The source of `METADATA=demo`: the same clients, over real HTTP, against an emulator of both of YouTube's endpoints that listens on a
//! loopback port of its own. Everything it answers is a fixed function of the id (see `video`), so that every run is the same.

mod answers;
mod emulator;
mod scenario;
mod titles;
mod video;

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

pub(super) use self::scenario::Outage;
#[cfg(test)]
pub(super) use self::video::{EmulatedVideo, emulated_video};
use super::{
    AdaptiveLimiter, Failure, Metadata, Source, SourceUnavailable, http::HttpClient, oembed::Oembed, retry::RetryPolicy, youtube_api::YoutubeApi,
};

/// The emulator outlives the shutdown signal by this, so that look-ups in flight do not find the source unavailable and their jobs do not
/// wait for it after the restart. As long as a process may take to stop.
const SHUTDOWN_GRACE_PERIOD: Duration = Duration::from_secs(10);

pub(super) struct DemoSource {
    client: Box<dyn Source>,
    /// Ends the emulator with the source.
    _emulator: AbortOnDropHandle<()>,
}

impl DemoSource {
    /// With a key the emulator is spoken to as `api`, else as `oembed`.
    pub(super) fn start(speed: f64, key: Option<SecretString>, shutdown: CancellationToken) -> anyhow::Result<Self> {
        Self::start_with_outage(speed, key, None, shutdown)
    }

    /// One with which nothing works.
    pub(super) fn start_with_outage(
        speed: f64,
        key: Option<SecretString>,
        outage: Option<Outage>,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        anyhow::ensure!(speed.is_finite() && speed > 0.0, "DEMO_SPEED is {speed}; it must be a number above 0, such as 1 or 10.");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("the demo source found no free port on 127.0.0.1")?;
        listener.set_nonblocking(true)?;
        let base = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let emulator = AbortOnDropHandle::new(tokio::spawn(async move {
            let served = async { axum::serve(listener, emulator::router(speed, outage)).await };
            let stopped = async {
                shutdown.cancelled().await;
                tokio::time::sleep(SHUTDOWN_GRACE_PERIOD).await;
            };
            tokio::select! {
                Err(error) = served => tracing::error!(%error, "the demo source ended"),
                () = stopped => {}
            }
        }));
        let mut policy = RetryPolicy::default();
        // The delays between attempts scale with the answers' latency.
        policy.min_delay = policy.min_delay.div_f64(speed.max(1.0));
        let http = HttpClient::without_tls()?;
        let client: Box<dyn Source> = match key {
            Some(key) => Box::new(YoutubeApi::new(http, Some(base), key, policy)),
            None => Box::new(Oembed::new(http, Some(base), policy)),
        };
        Ok(Self { client, _emulator: emulator })
    }
}

#[async_trait]
impl Source for DemoSource {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn fingerprint(&self) -> String {
        format!("{} {}", self.name(), self.client.fingerprint())
    }

    fn batch_size(&self) -> usize {
        self.client.batch_size()
    }

    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        self.client.limiter()
    }

    async fn look_up(&self, ids: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceUnavailable> {
        self.client.look_up(ids).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn emulator_outlives_the_shutdown_signal_by_its_grace_period() {
        let shutdown = CancellationToken::new();
        let demo = DemoSource::start(1.0, None, shutdown.clone()).unwrap();
        shutdown.cancel();
        tokio::time::sleep(SHUTDOWN_GRACE_PERIOD - Duration::from_secs(1)).await;
        assert!(!demo._emulator.is_finished());
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(demo._emulator.is_finished());
    }
}
