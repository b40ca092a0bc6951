//! Where titles come from: YouTube's Data API, its oEmbed endpoint, or the emulator of both inside this binary.
//!
//! `http` carries bytes within limits, `oembed` and `youtube_api` know what they mean, `retry` tries again, `probe` finds out whether a
//! failure is a video's or the source's, `breaker` leaves a failing source alone, `limiter` learns how many calls at once it accepts.
//! Nothing in here knows jobs or the database.

mod breaker;
mod demo;
mod http;
mod limiter;
mod lookup_error;
mod oembed;
mod probe;
mod retry;
#[cfg(test)]
mod tests;
mod youtube_api;

use std::{sync::Arc, time::Duration};

use app::wire::{FailureCause, VideoReason, WaitingReason};
use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use self::limiter::AdaptiveLimiter;
use self::{demo::DemoSource, http::HttpClient, lookup_error::LookupError, oembed::Oembed, retry::RetryPolicy, youtube_api::YoutubeApi};
use crate::{
    config::{MetadataMode, Settings},
    text::single_line,
};

/// Characters of a title or a channel that are kept; YouTube allows 100.
const MAX_TEXT_CHARS: usize = 300;

/// Characters quoted from a source's response.
const MAX_DETAIL_CHARS: usize = 100;

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// `None` if the source does not provide it; `reason` says why.
    pub title: Option<String>,
    pub channel: Option<String>,
    pub duration_seconds: Option<u32>,
    /// Why a title may be missing.
    pub reason: Option<VideoReason>,
}

/// Why a video's look-up failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub cause: FailureCause,
    /// Text for people: "Video is private".
    pub text: String,
}

impl Failure {
    pub fn new(cause: FailureCause, text: impl Into<String>) -> Self {
        Self { cause, text: text.into() }
    }
}

/// The source cannot be used: unreachable, out of quota, or rejecting everything. Jobs wait; no video fails for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source unavailable for {retry_after:?}: {error}")]
pub struct SourceUnavailable {
    /// How long to leave it alone.
    pub retry_after: Duration,
    /// For whoever waits.
    pub waiting_reason: WaitingReason,
    /// For the log.
    pub error: String,
    /// The source's own word for it (`API_KEY_INVALID`, `a captcha page`), for metrics: one of few. Empty where it gave none.
    pub detail: String,
}

/// Tells titles, channels and durations of videos.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// Its row in `sources`: `api`, `oembed`, `demo`.
    fn name(&self) -> &'static str;
    /// The same text for the same source and key, and otherwise another one: what the source says of a key does not concern the next one.
    /// Does not reveal the key.
    fn fingerprint(&self) -> String {
        self.name().to_owned()
    }
    /// Ids that one call takes, at least 1.
    fn batch_size(&self) -> usize;
    /// Each call of [`Self::look_up`] is to hold one of its permits. `None` where nothing limits them.
    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        None
    }
    /// Looks up well-formed ids, at most [`Self::batch_size`] of them. One outcome an id, in the same order. Transient failures are
    /// retried in here.
    ///
    /// # Errors
    /// [`SourceUnavailable`]: nothing is known of any of these ids.
    async fn look_up(&self, ids: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceUnavailable>;
}

/// The source that the settings name. In mode `demo` also starts the emulator, which ends with the source, or shortly after `shutdown`.
/// Must be called within a Tokio runtime.
///
/// # Errors
/// `api` without a key, an invalid `demo_speed`, no certificates to trust, or no port for the emulator.
pub(crate) fn connect(settings: &Settings, shutdown: CancellationToken) -> anyhow::Result<Arc<dyn Source>> {
    let key = settings.youtube_api_key.clone();
    if settings.metadata == MetadataMode::Demo {
        return Ok(Arc::new(DemoSource::start(settings.demo_speed, key, shutdown)?));
    }
    // The hosts are fixed in each client; only the settings can change them.
    let http = || if settings.metadata_url.is_some() { HttpClient::any_scheme() } else { HttpClient::https_only() };
    let base = settings.metadata_url.clone();
    Ok(match (settings.metadata, key) {
        (MetadataMode::Api | MetadataMode::Auto, Some(key)) => Arc::new(YoutubeApi::new(http()?, base, key, RetryPolicy::default())),
        (MetadataMode::Api, None) => anyhow::bail!("METADATA=api needs a key: set YOUTUBE_API_KEY, or METADATA=oembed, which needs none."),
        _ => Arc::new(Oembed::new(http()?, base, RetryPolicy::default())),
    })
}

/// An endpoint's path below `base`, or else below the fixed address.
fn endpoint_url(base: Option<Url>, fixed: &'static str, path: &str) -> Url {
    let mut url = base.unwrap_or_else(|| Url::parse(fixed).expect("it is a constant"));
    url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
    url
}

/// What a body is that does not have the expected shape.
fn unexpected_json(error: &serde_json::Error) -> LookupError {
    let what = if error.is_data() { format!("unexpected JSON: {error}") } else { "it is not JSON".into() };
    LookupError::Unreadable(what.chars().take(MAX_DETAIL_CHARS).collect())
}

/// A source's text as it is stored and shown. `None` where nothing is left.
fn sanitize(text: &str) -> Option<String> {
    single_line(text, MAX_TEXT_CHARS)
}
