//! YouTube Data API v3, `videos.list`: fifty videos a call, with a key that has a quota. The key never appears in a log or an error.

mod time;

use std::{borrow::Borrow, collections::HashMap, sync::Arc, time::Duration};

use app::wire::{FailureCause, VideoReason};
use async_trait::async_trait;
use futures::future::{BoxFuture, try_join_all};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use url::Url;

pub(super) use self::time::until_midnight_pacific;
use super::{
    AdaptiveLimiter, Failure, Metadata, Source, SourceUnavailable, endpoint_url,
    http::{HttpClient, HttpResponse},
    lookup_error::LookupError,
    probe::{KNOWN_VIDEO_ID, MAX_REFUSALS},
    retry::{CallError, Retrier, RetryPolicy},
    sanitize, unexpected_json,
};

const HOST: &str = "https://www.googleapis.com";
/// By its documentation.
const MAX_IDS: usize = 50;
/// Ids of a failed call that are asked for together again: about the square root of their number costs the fewest calls.
const SPLIT_SIZE: usize = 7;
/// Fifty videos with the longest descriptions have 400 kB.
const MAX_BODY_BYTES: usize = 2 << 20;
/// After midnight: clocks differ, and the quota is not back everywhere at once.
const QUOTA_MARGIN: Duration = Duration::from_secs(60);
/// An answer without any item is verified from this many ids on; fewer are often gone together.
const MIN_IDS_TO_VERIFY_EMPTY_ANSWER: usize = MAX_REFUSALS;

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

    /// In the order of `ids`; `None` for a video that is not in the answer.
    async fn fetch<S: Borrow<str> + Sync>(&self, ids: &[S]) -> Result<Vec<Option<Result<Metadata, Failure>>>, LookupError> {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("part", "snippet,contentDetails,status")
            .append_pair("id", &ids.join(","))
            .append_pair("key", self.key.expose_secret());
        let answer = self.http.get(url, MAX_BODY_BYTES).await?;
        if answer.status == 200 { parse(&answer, ids) } else { Err(parse_error(&answer)) }
    }

    async fn fetch_outcomes(&self, ids: &[String]) -> Result<Outcomes, LookupError> {
        let found = self.fetch(ids).await?;
        if ids.len() >= MIN_IDS_TO_VERIFY_EMPTY_ANSWER && found.iter().all(Option::is_none) {
            return Err(LookupError::NoItems);
        }
        Ok(found.into_iter().map(|item| item.unwrap_or_else(absent)).collect())
    }

    /// Asks for the known video beside `ids`, as far as they fit: whether any of them is there.
    async fn fetch_beside_known_video(&self, ids: &[String]) -> Result<bool, LookupError> {
        let ids: Vec<&str> = std::iter::once(KNOWN_VIDEO_ID).chain(ids.iter().map(String::as_str)).take(MAX_IDS).collect();
        let found = self.fetch(&ids).await?;
        found[0].as_ref().ok_or(LookupError::NoItems)?;
        self.retrier.on_success();
        Ok(found[1..].iter().any(Option::is_some))
    }

    /// Looks up some ids; splits them when the whole call fails.
    fn look_up_part<'a>(&'a self, part: &'a [String], deadline: Instant) -> BoxFuture<'a, Result<Outcomes, SourceUnavailable>> {
        Box::pin(async move {
            match self.retrier.run(part.len(), deadline, || self.fetch_outcomes(part)).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(CallError::Unavailable(unavailable)) => return Err(unavailable),
                // Accepted only once another call agrees.
                Err(CallError::Failed(failed)) if failed.error == LookupError::NoItems => match self.fetch_beside_known_video(part).await {
                    Ok(false) => return Ok(part.iter().map(|_| absent()).collect()),
                    Ok(true) => {}
                    Err(error) => return Err(self.retrier.unavailable(error)),
                },
                Err(CallError::Failed(failed)) if !failed.error.may_concern_ids() => return Err(self.retrier.unavailable(failed.error)),
                Err(CallError::Failed(failed)) if part.len() == 1 => {
                    self.retrier.confirm(&part[0], &failed, async || self.fetch_beside_known_video(&[]).await.map(drop)).await?;
                    return Ok(vec![Err(failed.error.into_failure())]);
                }
                Err(CallError::Failed(_)) => {}
            }
            // One video may be the reason: it is to fail alone, and without the others waiting for it.
            let parts = part.chunks(if part.len() > SPLIT_SIZE { SPLIT_SIZE } else { 1 });
            Ok(try_join_all(parts.map(|part| self.look_up_part(part, deadline))).await?.concat())
        })
    }
}

#[async_trait]
impl Source for YoutubeApi {
    fn name(&self) -> &'static str {
        "api"
    }

    /// Keys have 39 random characters, so that nobody finds one by its hash.
    fn fingerprint(&self) -> String {
        let hash = Sha256::new().chain_update("playmarks api key ").chain_update(self.key.expose_secret()).finalize();
        format!("{} {}", self.name(), hash[..16].iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    fn batch_size(&self) -> usize {
        MAX_IDS
    }

    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        Some(self.retrier.limiter())
    }

    async fn look_up(&self, ids: &[String]) -> Result<Outcomes, SourceUnavailable> {
        if ids.is_empty() { Ok(Vec::new()) } else { self.look_up_part(ids, self.retrier.deadline()).await }
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

/// A video that is not in the answer does not exist for this key: deleted, private, or never there.
fn absent() -> Result<Metadata, Failure> {
    Err(Failure::new(FailureCause::Unavailable, "Video is unavailable: deleted, private, or never existed"))
}

fn parse<S: Borrow<str>>(answer: &HttpResponse, ids: &[S]) -> Result<Vec<Option<Result<Metadata, Failure>>>, LookupError> {
    if let Some(page) = answer.page() {
        return Err(page);
    }
    let body: Body = serde_json::from_slice(&answer.body).map_err(|error| unexpected_json(&error))?;
    let items: HashMap<&str, &Value> = body.items.iter().filter_map(|item| Some((item["id"].as_str()?, item))).collect();
    Ok(ids.iter().map(|id| items.get(id.borrow()).map(|item| parse_item(item))).collect())
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
fn parse_error(answer: &HttpResponse) -> LookupError {
    if let Some(page) = answer.page() {
        return page;
    }
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reasons: Vec<&str> =
        body.error.errors.iter().chain(&body.error.details).map(|reason| reason.reason.as_str()).filter(|reason| !reason.is_empty()).collect();
    let is = |known: &[&str]| reasons.iter().any(|reason| known.contains(reason));
    let shown = || {
        // Beside a reason in the other style these two say nothing.
        let is_general = |reason: &str| matches!(reason, "badRequest" | "forbidden");
        let specific = reasons.iter().filter(|reason| !is_general(reason) || reasons.iter().all(|reason| is_general(reason)));
        let shown: Vec<String> = specific.map(|reason| reason.chars().filter(char::is_ascii_graphic).take(40).collect()).collect();
        if shown.is_empty() { "no reason given".to_owned() } else { shown.join(", ") }
    };
    if is(&["quotaExceeded", "dailyLimitExceeded"]) {
        return LookupError::Quota { until_reset: until_midnight_pacific(Timestamp::now()) + QUOTA_MARGIN, reason: shown() };
    }
    if answer.status == 429 || is(&["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"]) {
        return LookupError::RateLimited(answer.retry_after);
    }
    let is_key = is(&["keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED"]);
    if is_key || matches!(answer.status, 401 | 403) {
        return LookupError::Key { status: answer.status, reason: shown() };
    }
    answer.unexpected_status()
}
