//! YouTube's oEmbed end point: one video a call, no key; title and channel, no duration.

use std::sync::Arc;

use app::wire::{FailureCause, VideoReason};
use async_trait::async_trait;
use serde::Deserialize;
use url::Url;

use super::{
    AdaptiveLimiter, Source, SourceAway, clean, end_point, failure,
    http::{Answer, Http},
    retry::{End, Policy, Retrier, Trouble},
};
use crate::job::{Failure, Metadata};

const HOST: &str = "https://www.youtube.com";
/// Bytes of an answer; a usual one has 800.
const MAX_BODY: usize = 256 << 10;

/// A client.
#[derive(Debug)]
pub(super) struct Oembed {
    http: Http,
    url: Url,
    retrier: Retrier,
}

impl Oembed {
    /// At `base`, or at YouTube.
    pub(super) fn new(http: Http, base: Option<Url>, policy: Policy) -> Self {
        Self { http, url: end_point(base, HOST, "/oembed"), retrier: Retrier::new(policy) }
    }

    async fn ask(&self, id: &str) -> Result<Result<Metadata, Failure>, Trouble> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("url", &format!("https://www.youtube.com/watch?v={id}")).append_pair("format", "json");
        read(&self.http.get(url, MAX_BODY).await?)
    }
}

#[async_trait]
impl Source for Oembed {
    fn name(&self) -> &'static str {
        "oembed"
    }

    fn batch(&self) -> usize {
        1
    }

    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        Some(self.retrier.limiter())
    }

    async fn look_up(&self, ids: &[String]) -> Result<Vec<Result<Metadata, Failure>>, SourceAway> {
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            outcomes.push(match self.retrier.run(std::slice::from_ref(id), || self.ask(id)).await {
                Ok(outcome) => outcome,
                Err(End::Trouble(trouble)) => Err(trouble.into_failure()),
                Err(End::Away(away)) => return Err(away),
            });
        }
        Ok(outcomes)
    }
}

/// What is used of an answer.
#[derive(Deserialize)]
struct Body {
    title: String,
    author_name: Option<String>,
}

/// What an answer decides. 401 is a video that is public and lets no other site show it (extractus/oembed-extractor#168,
/// TryGhost/Ghost#16374); a private one is 403, and that is at times said in the body of a 200 (ruby-oembed/ruby-oembed#79).
fn read(answer: &Answer) -> Result<Result<Metadata, Failure>, Trouble> {
    let status = match answer.body.trim_ascii() {
        b"Unauthorized" if answer.status == 200 => 401,
        b"Forbidden" if answer.status == 200 => 403,
        b"Not Found" if answer.status == 200 => 404,
        _ => answer.status,
    };
    match status {
        200 => {
            let body: Body = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Nonsense("an answer that is not JSON".into()))?;
            let title = clean(&body.title).ok_or_else(|| Trouble::Nonsense("an answer without a title".into()))?;
            Ok(Ok(Metadata { title: Some(title), channel: body.author_name.as_deref().and_then(clean), duration_seconds: None, reason: None }))
        }
        400 | 404 => Ok(Err(failure(FailureCause::Unavailable, "Video is unavailable: deleted, or never existed"))),
        401 => Ok(Ok(Metadata { title: None, channel: None, duration_seconds: None, reason: Some(VideoReason::EmbeddingDisabled) })),
        403 => Ok(Err(failure(FailureCause::Unavailable, "Video is private"))),
        429 => Err(Trouble::RateLimited(answer.retry_after)),
        _ => Err(answer.nonsense()),
    }
}
