//! YouTube Data API v3, `videos.list`: fifty videos a call, with a key that has a quota. The key never appears in a log or an error.

mod time;

use std::{collections::HashMap, sync::Arc, time::Duration};

use app::wire::{FailureCause, VideoReason};
use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

pub(super) use self::time::until_midnight_pacific;
use super::{
    AdaptiveLimiter, Source, SourceUnavailable, endpoint_url,
    http::{HttpClient, HttpResponse},
    retry::{CallError, LookupError, Retrier, RetryPolicy},
    sanitize,
};
use crate::job::{Failure, Metadata};

const HOST: &str = "https://www.googleapis.com";
/// By its documentation.
const MAX_IDS: usize = 50;
/// Ids of a failed call that are asked for together again: about the square root of their number costs the fewest calls.
const SPLIT_SIZE: usize = 7;
/// Fifty videos with the longest descriptions have 400 kB.
const MAX_BODY_BYTES: usize = 2 << 20;
/// After midnight: clocks differ, and the quota is not back everywhere at once.
const QUOTA_MARGIN: Duration = Duration::from_secs(60);
/// A rejected key is replaced by a person, who should not have to wait long after that.
const KEY_RETRY_AFTER: Duration = Duration::from_secs(600);

type Outcomes = Vec<Result<Metadata, Failure>>;

#[derive(Debug)]
pub(super) struct YoutubeApi {
    http: HttpClient,
    url: Url,
    key: SecretString,
    retrier: Retrier,
}

impl YoutubeApi {
    /// At `base`, or at Google.
    pub(super) fn new(http: HttpClient, base: Option<Url>, key: SecretString, policy: RetryPolicy) -> Self {
        Self { http, url: endpoint_url(base, HOST, "/youtube/v3/videos"), key, retrier: Retrier::new(policy) }
    }

    async fn fetch(&self, ids: &[String]) -> Result<Result<Outcomes, SourceUnavailable>, LookupError> {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("part", "snippet,contentDetails,status")
            .append_pair("id", &ids.join(","))
            .append_pair("key", self.key.expose_secret());
        let answer = self.http.get(url, MAX_BODY_BYTES).await?;
        if answer.status == 200 { parse(&answer.body, ids).map(Ok) } else { parse_error(&answer).map(Err) }
    }
}

#[async_trait]
impl Source for YoutubeApi {
    fn name(&self) -> &'static str {
        "api"
    }

    fn batch_size(&self) -> usize {
        MAX_IDS
    }

    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        Some(self.retrier.limiter())
    }

    async fn look_up(&self, ids: &[String]) -> Result<Outcomes, SourceUnavailable> {
        let mut outcomes = Vec::with_capacity(ids.len());
        // A stack: what is still to be asked for, the next part last.
        let mut parts = if ids.is_empty() { Vec::new() } else { vec![ids] };
        while let Some(part) = parts.pop() {
            match self.retrier.run(part, || self.fetch(part)).await {
                Ok(found) => outcomes.extend(found?),
                Err(CallError::Unavailable(unavailable)) => return Err(unavailable),
                Err(CallError::Failed(error)) if !error.may_concern_ids() => return Err(self.retrier.unavailable(&error)),
                Err(CallError::Failed(error)) if part.len() == 1 => outcomes.push(Err(error.into_failure())),
                // One video may be the reason: it is to fail alone.
                Err(CallError::Failed(_)) => parts.extend(part.chunks(if part.len() > SPLIT_SIZE { SPLIT_SIZE } else { 1 }).rev()),
            }
        }
        Ok(outcomes)
    }
}

#[derive(Deserialize)]
struct Body {
    items: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    snippet: Snippet,
    #[serde(default)]
    content_details: ContentDetails,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Snippet {
    title: String,
    channel_title: Option<String>,
}

#[derive(Default, Deserialize)]
struct ContentDetails {
    duration: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    upload_status: Option<String>,
    privacy_status: Option<String>,
    embeddable: Option<bool>,
}

/// In the order of `ids`. A video that is not in the answer does not exist for this key: deleted, private, or never there.
fn parse(body: &[u8], ids: &[String]) -> Result<Outcomes, LookupError> {
    let body: Body = serde_json::from_slice(body).map_err(|_| LookupError::Unreadable("it is not the expected JSON".into()))?;
    let items: HashMap<&str, &Value> = body.items.iter().filter_map(|item| Some((item["id"].as_str()?, item))).collect();
    let absent = || Err(Failure::new(FailureCause::Unavailable, "Video is unavailable: deleted, private, or never existed"));
    Ok(ids.iter().map(|id| items.get(id.as_str()).map_or_else(absent, |item| parse_item(item))).collect())
}

/// An item that cannot be read fails its video alone.
fn parse_item(item: &Value) -> Result<Metadata, Failure> {
    let item = Item::deserialize(item).map_err(|_| Failure::new(FailureCause::SourceError, "YouTube's answer about this video cannot be read."))?;
    if item.status.privacy_status.as_deref() == Some("private") {
        return Err(Failure::new(FailureCause::Unavailable, "Video is private"));
    }
    if let Some("deleted" | "failed" | "rejected") = item.status.upload_status.as_deref() {
        return Err(Failure::new(FailureCause::Unavailable, "Video is unavailable: deleted, or never finished"));
    }
    let title =
        sanitize(&item.snippet.title).ok_or_else(|| Failure::new(FailureCause::SourceError, "YouTube's answer has no title for this video."))?;
    let duration_seconds = item.content_details.duration.as_deref().and_then(time::seconds);
    let reason = (item.status.embeddable == Some(false)).then_some(VideoReason::EmbeddingDisabled);
    Ok(Metadata { title: Some(title), channel: item.snippet.channel_title.as_deref().and_then(sanitize), duration_seconds, reason })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorDetail {
    errors: Vec<Reason>,
    details: Vec<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

/// Reasons come in the style of this API and in that of all of Google's APIs; either may be missing.
fn parse_error(answer: &HttpResponse) -> Result<SourceUnavailable, LookupError> {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reasons: Vec<&str> =
        body.error.errors.iter().chain(&body.error.details).map(|reason| reason.reason.as_str()).filter(|reason| !reason.is_empty()).collect();
    let is = |known: &[&str]| reasons.iter().any(|reason| known.contains(reason));
    if is(&["quotaExceeded", "dailyLimitExceeded"]) {
        return Ok(SourceUnavailable {
            retry_after: until_midnight_pacific(Timestamp::now()) + QUOTA_MARGIN,
            reason: "the quota of the YouTube API key is used up; it comes back at midnight Pacific time".into(),
        });
    }
    if answer.status == 429 || is(&["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"]) {
        return Err(LookupError::RateLimited(answer.retry_after));
    }
    let is_key = is(&["keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED"]);
    if is_key || matches!(answer.status, 401 | 403) {
        let shown = reasons.iter().map(|reason| reason.chars().filter(char::is_ascii_graphic).take(40).collect()).collect::<Vec<String>>().join(", ");
        let reason = format!(
            "YouTube rejects the API key (status {}: {shown}): check YOUTUBE_API_KEY and that the YouTube Data API v3 is enabled for it",
            answer.status
        );
        return Ok(SourceUnavailable { retry_after: KEY_RETRY_AFTER, reason });
    }
    Err(answer.unexpected_status())
}
