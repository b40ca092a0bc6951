//! Lists and the videos in them.

use app::wire::{List, Page, Video, VideoFilter, VideoSort, VideoStatus};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    Result, StoreError,
    cursor::{self, PageLimit},
    micros::Micros,
    text::{count, like_pattern, parse_name, parse_optional_name},
};

const DEFAULT_PAGE_SIZE: u32 = 100;
const MAX_PAGE_SIZE: u32 = 500;

#[async_trait]
pub trait Library {
    /// Returns a user's lists, newest first.
    async fn lists(&self, user_id: Uuid) -> Result<Vec<List>>;
    async fn create_list(&self, user_id: Uuid, name: &str) -> Result<List>;
    async fn list(&self, user_id: Uuid, list_id: Uuid) -> Result<List>;
    async fn rename_list(&self, user_id: Uuid, list_id: Uuid, name: &str) -> Result<List>;
    /// Deletes a list with its videos and jobs: takes it from its owner, so that nobody sees it any more, and leaves the rows to
    /// [`super::Housekeeping::remove_deleted`]. Returns the jobs. A worker that runs one of them learns of it at its next write, which
    /// finds no lease.
    async fn delete_list(&self, user_id: Uuid, list_id: Uuid) -> Result<Vec<Uuid>>;
    /// Returns a page of a list's videos, by keyset: its cost does not depend on its position in the list.
    async fn videos(&self, user_id: Uuid, list_id: Uuid, filter: &VideoFilter) -> Result<Page<Video>>;
    async fn video_by_youtube_id(&self, user_id: Uuid, list_id: Uuid, youtube_id: &str) -> Result<Option<Video>>;
    /// Deletes videos from a list; ignores unknown ids.
    async fn delete_videos(&self, user_id: Uuid, list_id: Uuid, video_ids: &[Uuid]) -> Result<()>;
}

/// A list with its counts.
#[derive(FromRow)]
pub(super) struct ListRow {
    id: Uuid,
    name: String,
    video_count: i64,
    unavailable_count: i64,
    active_jobs: i64,
    created_at: Micros,
    updated_at: Micros,
    /// When a job last changed its videos. Separate from `updated_at`, because a job may not lock its list.
    worked_at: Option<Micros>,
}

impl From<ListRow> for List {
    fn from(row: ListRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            video_count: count(row.video_count),
            unavailable_count: count(row.unavailable_count),
            active_jobs: count(row.active_jobs),
            created_at: row.created_at.0,
            updated_at: row.worked_at.map_or(row.updated_at, |worked| worked.max(row.updated_at)).0,
        }
    }
}

/// A row of `videos`.
#[derive(FromRow)]
pub(super) struct VideoRow {
    id: Uuid,
    youtube_id: String,
    title: Option<String>,
    channel: Option<String>,
    duration_seconds: Option<i64>,
    added_at: Micros,
    position: i64,
    status: String,
    cause: Option<String>,
    error: Option<String>,
    reason: Option<String>,
    title_key: String,
}

impl TryFrom<VideoRow> for Video {
    type Error = StoreError;

    fn try_from(row: VideoRow) -> Result<Self> {
        Ok(Self {
            thumbnail_url: format!("https://i.ytimg.com/vi/{}/mqdefault.jpg", row.youtube_id),
            id: row.id,
            youtube_id: row.youtube_id,
            title: row.title,
            channel: row.channel,
            duration_seconds: row.duration_seconds.map(count),
            added_at: row.added_at.0,
            position: count(row.position),
            status: parse_name(&row.status)?,
            cause: parse_optional_name(row.cause.as_deref())?,
            error: row.error,
            reason: parse_optional_name(row.reason.as_deref())?,
        })
    }
}

/// The sort key of a page's last row.
#[derive(Serialize, Deserialize)]
enum Key {
    #[serde(rename = "p")]
    Position(i64, Uuid),
    #[serde(rename = "a")]
    Added(i64, Uuid),
    #[serde(rename = "t")]
    Title(String, Uuid),
}

/// A validated query for a page of videos. There always is a key to continue after, so that a page is always read from its position in the
/// index; for the first page it is a value before all rows.
pub(super) struct VideoPage {
    pub(super) order: VideoOrder,
    pub(super) status: Option<&'static str>,
    /// For `LIKE … ESCAPE '!'`.
    pub(super) pattern: Option<String>,
    pub(super) limit: PageLimit,
}

/// The order of a page, and the row after which it starts.
pub(super) enum VideoOrder {
    Position(i64, Uuid),
    /// Descending.
    Added(Micros, Uuid),
    Title(String, Uuid),
}

impl VideoPage {
    /// # Errors
    /// [`StoreError::BadCursor`] if the cursor is not one for this order.
    pub(super) fn new(filter: &VideoFilter) -> Result<Self> {
        let after = filter.cursor.as_deref().map(cursor::decode).transpose()?;
        let order = match (filter.sort, after) {
            (VideoSort::Position, None) => VideoOrder::Position(0, Uuid::nil()),
            (VideoSort::Position, Some(Key::Position(position, id))) => VideoOrder::Position(position, id),
            (VideoSort::Added, None) => VideoOrder::Added(Micros::MAX, Uuid::max()),
            (VideoSort::Added, Some(Key::Added(at, id))) => VideoOrder::Added(cursor::instant(at)?, id),
            (VideoSort::Title, None) => VideoOrder::Title(String::new(), Uuid::nil()),
            // Titles never contain NUL, which PostgreSQL does not accept in texts.
            (VideoSort::Title, Some(Key::Title(title, id))) if !title.contains('\0') => VideoOrder::Title(title, id),
            _ => return Err(StoreError::BadCursor),
        };
        let text = filter.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
        Ok(Self {
            order,
            status: filter.status.map(VideoStatus::as_str),
            pattern: text.map(like_pattern),
            limit: PageLimit::new(filter.limit.unwrap_or(DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE),
        })
    }

    /// True if the page may read many rows to find its own, or has many.
    pub(super) fn is_heavy(&self) -> bool {
        self.pattern.is_some() || self.status.is_some() || self.limit.exceeds(DEFAULT_PAGE_SIZE)
    }

    pub(super) fn close(&self, mut rows: Vec<VideoRow>) -> Result<Page<Video>> {
        let next_cursor = self.limit.finish_page(&mut rows, |row| match self.order {
            VideoOrder::Position(..) => Key::Position(row.position, row.id),
            VideoOrder::Added(..) => Key::Added(row.added_at.0.micros(), row.id),
            VideoOrder::Title(..) => Key::Title(row.title_key.clone(), row.id),
        });
        Ok(Page { items: rows.into_iter().map(Video::try_from).collect::<Result<_>>()?, next_cursor })
    }
}
