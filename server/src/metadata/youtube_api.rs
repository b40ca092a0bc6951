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
    AdaptiveLimiter, Source, SourceAway, clean, end_point, failure,
    http::{Answer, Http},
    retry::{End, Policy, Retrier, Trouble},
};
use crate::job::{Failure, Metadata};

const HOST: &str = "https://www.googleapis.com";
/// Ids that one call takes, by its documentation.
const BATCH: usize = 50;
/// Ids of a batch that are asked for together once it cannot be answered as a whole: about its square root costs the fewest calls.
const PART: usize = 7;
/// Bytes of an answer; fifty videos with endless descriptions have 400 kB.
const MAX_BODY: usize = 2 << 20;
/// After the quota's midnight: clocks differ, and the quota is not back everywhere at once.
const AFTER_MIDNIGHT: Duration = Duration::from_secs(60);
/// A refused key is repaired by a person, who should not have to wait long after that.
const KEY_PAUSE: Duration = Duration::from_secs(600);

type Outcomes = Vec<Result<Metadata, Failure>>;

/// A client.
#[derive(Debug)]
pub(super) struct YoutubeApi {
    http: Http,
    url: Url,
    key: SecretString,
    retrier: Retrier,
}

impl YoutubeApi {
    /// At `base`, or at Google.
    pub(super) fn new(http: Http, base: Option<Url>, key: SecretString, policy: Policy) -> Self {
        Self { http, url: end_point(base, HOST, "/youtube/v3/videos"), key, retrier: Retrier::new(policy) }
    }

    async fn ask(&self, ids: &[String]) -> Result<Result<Outcomes, SourceAway>, Trouble> {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("part", "snippet,contentDetails,status")
            .append_pair("id", &ids.join(","))
            .append_pair("key", self.key.expose_secret());
        let answer = self.http.get(url, MAX_BODY).await?;
        if answer.status == 200 { read(&answer.body, ids).map(Ok) } else { refused(&answer).map(Err) }
    }
}

#[async_trait]
impl Source for YoutubeApi {
    fn name(&self) -> &'static str {
        "api"
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn limiter(&self) -> Option<&Arc<AdaptiveLimiter>> {
        Some(self.retrier.limiter())
    }

    async fn look_up(&self, ids: &[String]) -> Result<Outcomes, SourceAway> {
        let mut outcomes = Vec::with_capacity(ids.len());
        // What is still to be asked for, the next of it last.
        let mut parts = if ids.is_empty() { Vec::new() } else { vec![ids] };
        while let Some(part) = parts.pop() {
            match self.retrier.run(part, || self.ask(part)).await {
                Ok(found) => outcomes.extend(found?),
                Err(End::Away(away)) => return Err(away),
                Err(End::Trouble(trouble)) if !trouble.may_be_about_ids() => return Err(self.retrier.away(&trouble)),
                Err(End::Trouble(trouble)) if part.len() == 1 => outcomes.push(Err(trouble.into_failure())),
                // One video in it may be the reason: that one fails alone, and the others are found.
                Err(End::Trouble(_)) => parts.extend(part.chunks(if part.len() > PART { PART } else { 1 }).rev()),
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

/// Outcomes in the order of `ids`. What is not in the answer is not there for this key: deleted, private, or never existed.
fn read(body: &[u8], ids: &[String]) -> Result<Outcomes, Trouble> {
    let body: Body = serde_json::from_slice(body).map_err(|_| Trouble::Nonsense("an answer that is not JSON of its kind".into()))?;
    let items: HashMap<&str, &Value> = body.items.iter().filter_map(|item| Some((item["id"].as_str()?, item))).collect();
    let absent = || Err(failure(FailureCause::Unavailable, "Video is unavailable: deleted, private, or never existed"));
    Ok(ids.iter().map(|id| items.get(id.as_str()).map_or_else(absent, |item| outcome(item))).collect())
}

/// An item that cannot be read is about its video alone.
fn outcome(item: &Value) -> Result<Metadata, Failure> {
    let item = Item::deserialize(item).map_err(|_| failure(FailureCause::SourceError, "YouTube's answer about this video cannot be read."))?;
    if item.status.privacy_status.as_deref() == Some("private") {
        return Err(failure(FailureCause::Unavailable, "Video is private"));
    }
    if let Some("deleted" | "failed" | "rejected") = item.status.upload_status.as_deref() {
        return Err(failure(FailureCause::Unavailable, "Video is unavailable: deleted, or never finished"));
    }
    let title = clean(&item.snippet.title).ok_or_else(|| failure(FailureCause::SourceError, "YouTube told no title of this video."))?;
    let duration_seconds = item.content_details.duration.as_deref().and_then(time::seconds);
    let reason = (item.status.embeddable == Some(false)).then_some(VideoReason::EmbeddingDisabled);
    Ok(Metadata { title: Some(title), channel: item.snippet.channel_title.as_deref().and_then(clean), duration_seconds, reason })
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

/// What an error means. Reasons come in the style of this API and in that of all of Google's; either may be missing.
fn refused(answer: &Answer) -> Result<SourceAway, Trouble> {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let reasons: Vec<&str> =
        body.error.errors.iter().chain(&body.error.details).map(|reason| reason.reason.as_str()).filter(|reason| !reason.is_empty()).collect();
    let is = |known: &[&str]| reasons.iter().any(|reason| known.contains(reason));
    if is(&["quotaExceeded", "dailyLimitExceeded"]) {
        return Ok(SourceAway {
            pause: until_midnight_pacific(Timestamp::now()) + AFTER_MIDNIGHT,
            reason: "the quota of the YouTube API key is used up; it comes back at midnight Pacific time".into(),
        });
    }
    if answer.status == 429 || is(&["rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"]) {
        return Err(Trouble::RateLimited(answer.retry_after));
    }
    let is_key = is(&["keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_EXPIRED"]);
    if is_key || matches!(answer.status, 401 | 403) {
        let said = reasons.iter().map(|reason| reason.chars().filter(char::is_ascii_graphic).take(40).collect()).collect::<Vec<String>>().join(", ");
        let reason = format!(
            "YouTube refuses the API key (status {}: {said}): check YOUTUBE_API_KEY and that the YouTube Data API v3 is enabled for it",
            answer.status
        );
        return Ok(SourceAway { pause: KEY_PAUSE, reason });
    }
    Err(answer.nonsense())
}
