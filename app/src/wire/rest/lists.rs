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
    /// The list.
    pub id: Uuid,
    /// As the user named it.
    pub name: String,
    /// Videos in it.
    pub video_count: u32,
    /// Of those, deleted or private at YouTube.
    pub unavailable_count: u32,
    /// Jobs on it that have not ended.
    pub active_jobs: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it or its videos last changed.
    pub updated_at: Timestamp,
}

/// What is known of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoStatus {
    /// Not looked up yet.
    Pending,
    /// Looked up.
    Ok,
    /// Deleted or private; keeps its place and added-date.
    Unavailable,
    /// The look-up failed.
    Failed,
}

impl VideoStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Pending, Self::Unavailable, Self::Failed];

    /// As on the wire, in the database and in the addresses of pages.
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

/// What else a source said of a video that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoReason {
    /// Its owner lets no other site show it. Then YouTube's oEmbed end point tells neither title nor channel.
    EmbeddingDisabled,
}

impl VideoReason {
    /// As on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmbeddingDisabled => "embedding_disabled",
        }
    }
}

/// A video in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The row in this list.
    pub id: Uuid,
    /// YouTube's eleven characters.
    pub youtube_id: String,
    /// From the source, else from the file.
    pub title: Option<String>,
    /// The channel's name.
    pub channel: Option<String>,
    /// Seconds; not every source tells.
    pub duration_seconds: Option<u32>,
    /// On YouTube's fixed image host; never fetched by the server.
    pub thumbnail_url: String,
    /// When it was added to the list, as the file says, else when it was imported.
    pub added_at: Timestamp,
    /// Its place in the list, from 1.
    pub position: u32,
    /// What is known of it.
    pub status: VideoStatus,
    /// Why the look-up failed.
    pub cause: Option<FailureCause>,
    /// The same as a sentence.
    pub error: Option<String>,
    /// Why an `ok` video may have no title.
    pub reason: Option<VideoReason>,
}

/// `GET /api/lists/{id}/videos`: which, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VideoFilter {
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 500, else 100.
    pub limit: Option<u32>,
    /// Only videos of this status.
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
    /// Newest added-date first.
    Added,
    /// By title, A to Z; those without one last.
    Title,
}

impl VideoSort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Position, Self::Added, Self::Title];

    /// As on the wire and in the addresses of pages.
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
    /// Any of YouTube's URL shapes, or an id.
    pub url: String,
}

/// `POST /api/lists/{id}/videos/delete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VideoIds {
    /// Rows of the list; at most 1000.
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
