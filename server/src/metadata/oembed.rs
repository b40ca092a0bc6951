//! YouTube's oEmbed endpoint: one video a call, no key; title and channel, no duration.

use std::sync::Arc;

use app::wire::{FailureCause, VideoReason};
use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    AdaptiveLimiter, Failure, MAX_DETAIL_CHARS, Metadata, Source, SourceUnavailable, endpoint_url,
    http::{HttpClient, HttpResponse},
    lookup_error::LookupError,
    probe::KNOWN_VIDEO_ID,
    retry::{CallError, Retrier, RetryPolicy},
    sanitize, unexpected_json,
};

const HOST: &str = "https://www.youtube.com";
/// A usual answer has 800.
const MAX_BODY_BYTES: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Oembed {
    http: HttpClient,
    url: Url,
    retrier: Retrier,
}

impl Oembed {
    /// At `base`, or at YouTube.
    pub(super) fn new(http: HttpClient, base: Option<Url>, policy: RetryPolicy) -> Self {
        Self { http, url: endpoint_url(base, HOST, "/oembed"), retrier: Retrier::new(policy) }
    }

    async fn fetch(&self, id: &str) -> Result<Result<Metadata, Failure>, LookupError> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("url", &format!("https://www.youtube.com/watch?v={id}")).append_pair("format", "json");
        parse(&self.http.get(url, MAX_BODY_BYTES).await?)
    }
}

#[async_trait]
impl Source for Oembed {
    fn name(&self) -> &'static str {
        "oembed"
    }

    fn batch_size(&self) -> usize {
        1
    }

    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        Some(self.retrier.limiter())
    }

    async fn look_up(&self, ids: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceUnavailable> {
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            outcomes.push(match self.retrier.run(1, self.retrier.deadline(), || self.fetch(id)).await {
                Ok(outcome) => outcome,
                Err(CallError::Failed(failed)) => {
                    // Whatever it says of that video, it is an answer.
                    self.retrier.confirm(id, &failed, async || self.fetch(KNOWN_VIDEO_ID).await.map(drop)).await?;
                    Err(failed.error.into_failure())
                }
                Err(CallError::Unavailable(unavailable)) => return Err(unavailable),
            });
        }
        Ok(outcomes)
    }
}

#[derive(Deserialize)]
struct Body {
    title: Option<String>,
    author_name: Option<String>,
}

/// 401 is a public video whose owner has disabled embedding (extractus/oembed-extractor#168, TryGhost/Ghost#16374). A private one is 403,
/// which is at times only said in the body of a 200 (ruby-oembed/ruby-oembed#79); where every id gets it, it is the source that refuses, and
/// so it does with a page for people.
fn parse(answer: &HttpResponse) -> Result<Result<Metadata, Failure>, LookupError> {
    let status = match answer.body.trim_ascii() {
        b"Unauthorized" if answer.status == 200 => 401,
        b"Forbidden" if answer.status == 200 => 403,
        b"Not Found" if answer.status == 200 => 404,
        _ => answer.status,
    };
    if let Some(page) = answer.page() {
        return Err(page);
    }
    match status {
        200 => {
            let body: Body = serde_json::from_slice(&answer.body).map_err(|error| unexpected_json(&error))?;
            let title = body.title.as_deref().and_then(sanitize).ok_or_else(|| LookupError::Unreadable("it has no title".into()))?;
            Ok(Ok(Metadata { title: Some(title), channel: body.author_name.as_deref().and_then(sanitize), duration_seconds: None, reason: None }))
        }
        400 | 404 => Ok(Err(Failure::new(FailureCause::Unavailable, "Video is unavailable: deleted, or never existed"))),
        401 => Ok(Ok(Metadata { title: None, channel: None, duration_seconds: None, reason: Some(VideoReason::EmbeddingDisabled) })),
        403 => Err(LookupError::Forbidden(refusal(&answer.body))),
        429 => Err(LookupError::RateLimited(answer.retry_after)),
        _ => Err(answer.unexpected_status()),
    }
}

/// Why, in Google's words: a private video gets none, but for example plain HTTP does (jacktuck/unfurl#69).
fn refusal(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = body["error"]["message"].as_str().and_then(sanitize).unwrap_or_default();
    let message: String = message.chars().take(MAX_DETAIL_CHARS).collect();
    if message.is_empty() { message } else { format!(": {message}") }
}
