//! Lists and the videos in them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::wire::{FailureCause, Timestamp};

/// `POST /api/lists` and `PATCH /api/lists/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListName {
    /// 1 to 150 characters.
    pub name: String,
}

/// A list of videos.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    pub id: Uuid,
    /// The name chosen by the user.
    pub name: String,
    pub video_count: u32,
    /// Number of deleted or private videos.
    pub unavailable_count: u32,
    /// Number of jobs of this list that have not ended.
    pub active_jobs: u32,
    pub created_at: Timestamp,
    /// When it or its videos last changed.
    pub updated_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoStatus {
    /// Not looked up yet.
    Pending,
    /// Looked up.
    Ok,
    /// Deleted or private; keeps its position and date.
    Unavailable,
    /// The look-up failed.
    Failed,
}

impl VideoStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Pending, Self::Unavailable, Self::Failed];

    /// The name on the wire, in the database and in URLs of pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ok => "ok",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// Why an existing video has no title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoReason {
    /// Its owner does not allow embedding. YouTube's oEmbed endpoint then returns neither title nor channel.
    EmbeddingDisabled,
}

impl VideoReason {
    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmbeddingDisabled => "embedding_disabled",
        }
    }
}

/// A video in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The id of the video in this list.
    pub id: Uuid,
    /// YouTube's id: eleven characters.
    pub youtube_id: String,
    /// From the source, or else from the file.
    pub title: Option<String>,
    /// The channel's name.
    pub channel: Option<String>,
    /// Seconds; absent if the source does not provide it.
    pub duration_seconds: Option<u32>,
    /// On YouTube's image host; never fetched by the server.
    pub thumbnail_url: String,
    /// When it was added to the list: the date in the file, or else that of the import.
    pub added_at: Timestamp,
    /// The position in the list, from 1.
    pub position: u32,
    pub status: VideoStatus,
    /// Why the look-up failed.
    pub cause: Option<FailureCause>,
    /// Why the look-up failed, as a sentence.
    pub error: Option<String>,
    /// Why a video with status `ok` may have no title.
    pub reason: Option<VideoReason>,
}

/// `GET /api/lists/{id}/videos`: filter and order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VideoFilter {
    /// From the previous page.
    pub cursor: Option<String>,
    /// 1 to 500; 100 if absent.
    pub limit: Option<u32>,
    /// Only videos with this status.
    pub status: Option<VideoStatus>,
    /// Only videos whose title, channel or id contains this.
    pub q: Option<String>,
    /// The order.
    pub sort: VideoSort,
}

/// The order of a list's videos.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoSort {
    /// As in the file.
    #[default]
    Position,
    /// Newest date first.
    Added,
    /// By title, A to Z; videos without a title last.
    Title,
}

impl VideoSort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Position, Self::Added, Self::Title];

    /// The name on the wire and in URLs of pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Added => "added",
            Self::Title => "title",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text)
    }
}

/// `POST /api/lists/{id}/videos`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VideoUrl {
    /// A YouTube URL of any form, or an id.
    pub url: String,
}

/// `POST /api/lists/{id}/videos/delete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VideoIds {
    /// Ids of videos in the list; at most 1000.
    pub ids: Vec<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn video_without_a_reason_is_read() {
        let older = r#"{"id":"0192aaaa-0000-7000-8000-000000000001","youtube_id":"8pDPkXZAtUt","title":null,"channel":null,"duration_seconds":null,"thumbnail_url":"","added_at":"2026-11-22T18:20:00.123456Z","position":1,"status":"ok","cause":null,"error":null"#;
        let read = |rest: &str| serde_json::from_str::<Video>(&format!("{older}{rest}")).unwrap();
        assert_eq!(read("}").reason, None);
        let video = read(r#","reason":"embedding_disabled"}"#);
        assert_eq!(video.reason, Some(VideoReason::EmbeddingDisabled));
        assert_eq!(serde_json::to_value(video).unwrap()["reason"], VideoReason::EmbeddingDisabled.as_str());
    }
}
