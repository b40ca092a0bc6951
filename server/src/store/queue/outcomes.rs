//! How the results of look-ups are stored.

use app::wire::{FailureCause, VideoReason, VideoStatus};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    job::ItemResult,
    metadata::{Failure, Metadata},
    store::text::{search_text, strip_nul, strip_nul_owned, title_key},
};

#[derive(Serialize)]
pub(in crate::store) struct ItemOutcomeRow<'a> {
    pub(in crate::store) line: i64,
    pub(in crate::store) outcome: &'static str,
    pub(in crate::store) cause: Option<&'static str>,
    pub(in crate::store) reason: Option<&'a str>,
}

impl<'a> ItemOutcomeRow<'a> {
    pub(in crate::store) fn new(result: &'a ItemResult) -> Self {
        let (found, failure) = (result.outcome.as_ref().ok(), result.outcome.as_ref().err());
        let reason = found.and_then(|found| found.reason).map(VideoReason::as_str);
        Self {
            line: result.line.into(),
            outcome: if failure.is_some() { "failed" } else { "succeeded" },
            cause: failure.map(|failure| failure.cause.as_str()),
            reason: failure.map(|failure| failure.text.as_str()).or(reason),
        }
    }
}

/// The metadata of a video after a look-up. New values replace old ones, missing values do not: an unavailable video keeps its title.
#[derive(Serialize)]
pub(in crate::store) struct VideoOutcomeRow<'a> {
    pub(in crate::store) id: Uuid,
    pub(in crate::store) status: &'static str,
    pub(in crate::store) cause: Option<&'static str>,
    pub(in crate::store) error: Option<&'a str>,
    pub(in crate::store) title: Option<&'a str>,
    pub(in crate::store) channel: Option<&'a str>,
    pub(in crate::store) duration_seconds: Option<i64>,
    pub(in crate::store) title_key: Option<String>,
    pub(in crate::store) search_text: Option<String>,
    pub(in crate::store) reason: Option<&'static str>,
}

impl<'a> VideoOutcomeRow<'a> {
    /// `None` for a malformed id, or if the video was deleted meanwhile.
    pub(in crate::store) fn new(result: &'a ItemResult) -> Option<Self> {
        let (found, failure) = (result.outcome.as_ref().ok(), result.outcome.as_ref().err());
        let title = found.and_then(|found| found.title.as_deref());
        let channel = found.and_then(|found| found.channel.as_deref());
        Some(Self {
            id: result.video_id?,
            status: video_status(result).as_str(),
            cause: failure.map(|failure| failure.cause.as_str()),
            error: failure.map(|failure| failure.text.as_str()),
            title,
            channel,
            duration_seconds: found.and_then(|found| found.duration_seconds).map(i64::from),
            title_key: title.map(|title| title_key(Some(title))),
            search_text: title.map(|title| search_text(Some(title), channel)),
            reason: found.and_then(|found| found.reason).map(VideoReason::as_str),
        })
    }

    /// Whether the source said something of the video, and not only failed.
    pub(in crate::store) fn is_answer(&self) -> bool {
        self.status != VideoStatus::Failed.as_str()
    }
}

fn video_status(result: &ItemResult) -> VideoStatus {
    match &result.outcome {
        Ok(_) => VideoStatus::Ok,
        Err(failure) if failure.cause == FailureCause::Unavailable => VideoStatus::Unavailable,
        Err(_) => VideoStatus::Failed,
    }
}

/// Makes texts from the source safe for columns and JSON.
pub(in crate::store) fn without_nul(result: &ItemResult) -> ItemResult {
    let outcome = match &result.outcome {
        Ok(found) => Ok(Metadata { title: found.title.clone().map(strip_nul_owned), channel: found.channel.clone().map(strip_nul_owned), ..*found }),
        Err(failure) => Err(Failure { cause: failure.cause, text: strip_nul(&failure.text).into_owned() }),
    };
    ItemResult { outcome, ..*result }
}
