//! Where titles come from: YouTube's Data API, its oEmbed end point, or the emulator of both inside this binary.
//!
//! Two clients, one way to persist: `http` carries bytes within limits, `retry` decides what a trouble means and waits, `breaker` notices
//! that it is not about one video, `limiter` how many calls at once the source accepts. Nothing in here knows jobs or the database.

mod breaker;
pub mod demo;
mod http;
mod limiter;
mod oembed;
mod retry;
#[cfg(test)]
mod tests;
mod youtube_api;

use std::{sync::Arc, time::Duration};

use app::wire::FailureCause;
use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use self::limiter::AdaptiveLimiter;
use self::{demo::Demo, http::Http, oembed::Oembed, retry::Policy, youtube_api::YoutubeApi};
use crate::{
    config::{MetadataMode, Settings},
    job::{Failure, Metadata},
};

/// Characters of a title or a channel that are kept; YouTube allows 100.
const MAX_CHARS: usize = 300;

/// The source as a whole cannot be used: unreachable, out of quota, or refusing everything. Jobs wait; no video fails for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source away for {pause:?}: {reason}")]
pub struct SourceAway {
    /// When to ask again.
    pub pause: Duration,
    /// For the log.
    pub reason: String,
}

/// A source of metadata.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// Its row in `sources`: `api`, `oembed`, `demo`.
    fn name(&self) -> &'static str;
    /// Ids one call takes, at least 1.
    fn batch(&self) -> usize;
    /// Limits the calls at once; a permit is to be held during a look-up. `None` where nothing limits them.
    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        None
    }
    /// Looks well-formed ids up, at most [`Self::batch`] of them. One outcome an id, in the same order. Transient failures are
    /// retried in here, with backoff and jitter, `Retry-After` obeyed.
    ///
    /// # Errors
    /// [`SourceAway`]: nothing was decided about any of these ids.
    async fn look_up(&self, ids: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceAway>;
}

/// The source that the settings name. In mode `demo` also starts the emulator, which ends with the source, or shortly after `shutdown`.
/// Must be called within a Tokio runtime.
///
/// # Errors
/// `api` without a key, a `demo_speed` that is none, no certificates to trust, or no port for the emulator.
pub fn connect(settings: &Settings, shutdown: CancellationToken) -> anyhow::Result<Arc<dyn Source>> {
    let key = settings.youtube_api_key.clone();
    if settings.metadata == MetadataMode::Demo {
        return Ok(Arc::new(Demo::start(settings.demo_speed, key, shutdown)?));
    }
    // The hosts are fixed in each client; another address comes from the settings alone.
    let http = || if settings.metadata_url.is_some() { Http::anywhere() } else { Http::public() };
    let base = settings.metadata_url.clone();
    Ok(match (settings.metadata, key) {
        (MetadataMode::Api | MetadataMode::Auto, Some(key)) => Arc::new(YoutubeApi::new(http()?, base, key, Policy::default())),
        (MetadataMode::Api, None) => anyhow::bail!("METADATA=api needs a key: set YOUTUBE_API_KEY, or METADATA=oembed, which needs none."),
        _ => Arc::new(Oembed::new(http()?, base, Policy::default())),
    })
}

/// `base`, or else the fixed address, with the end point's path behind it.
fn end_point(base: Option<Url>, fixed: &'static str, path: &str) -> Url {
    let mut url = base.unwrap_or_else(|| Url::parse(fixed).expect("the address is a constant"));
    url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
    url
}

/// A text from outside as it may be stored and shown: one line, not endless, not empty.
fn clean(text: &str) -> Option<String> {
    let line: String = text.trim().chars().take(MAX_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

fn failure(cause: FailureCause, text: impl Into<String>) -> Failure {
    Failure { cause, text: text.into() }
}
