//! Pages of a list's videos, by keyset: a page costs the same wherever in the list it lies.

use app::wire::{Page, Video, VideoFilter, VideoSort};
use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{Database, Db, lists};
use crate::store::{
    Result, StoreError, cursor,
    rows::VideoRow,
    text::{containing, video_status_name},
};

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 500;
const COLUMNS: &str =
    "v.id, v.youtube_id, v.title, v.channel, v.duration_seconds, v.added_at, v.position, v.status, v.cause, v.error, v.reason, v.title_key";

/// The last row of a page, in its order.
#[derive(Serialize, Deserialize)]
enum Key {
    #[serde(rename = "p")]
    Position(i64, Uuid),
    #[serde(rename = "a")]
    Added(i64, Uuid),
    #[serde(rename = "t")]
    Title(String, Uuid),
}

impl Key {
    fn of(row: &VideoRow, sort: VideoSort) -> Self {
        match sort {
            VideoSort::Position => Self::Position(row.position, row.id),
            VideoSort::Added => Self::Added(row.added_at.0.micros(), row.id),
            VideoSort::Title => Self::Title(row.title_key.clone(), row.id),
        }
    }
}

pub(super) async fn page(db: &Database, user_id: Uuid, list_id: Uuid, filter: &VideoFilter) -> Result<Page<Video>> {
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query.push(COLUMNS).push(" FROM videos v JOIN lists l ON l.id = v.list_id WHERE v.list_id = ").push_bind(list_id);
    query.push(" AND l.user_id = ").push_bind(user_id);
    if let Some(status) = filter.status {
        query.push(" AND v.status = ").push_bind(video_status_name(status));
    }
    if let Some(text) = filter.q.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        query.push(" AND (v.search_text LIKE ").push_bind(containing(text)).push(" ESCAPE '!' OR lower(v.youtube_id) LIKE ");
        query.push_bind(containing(text)).push(" ESCAPE '!')");
    }
    if let Some(after) = &filter.cursor {
        push_after(&mut query, cursor::decode(after)?, filter.sort)?;
    }
    query.push(match filter.sort {
        VideoSort::Position => " ORDER BY v.position, v.id",
        VideoSort::Added => " ORDER BY v.added_at DESC, v.id DESC",
        VideoSort::Title => " ORDER BY v.title_key, v.id",
    });
    query.push(" LIMIT ").push_bind(i64::from(limit) + 1);
    let mut rows = query.build_query_as::<VideoRow>().fetch_all(db.reader()).await?;
    if rows.is_empty() {
        lists::require(db, user_id, list_id).await?;
    }
    let next_cursor = cursor::close_page(&mut rows, limit, |row| Key::of(row, filter.sort));
    Ok(Page { items: rows.into_iter().map(Video::try_from).collect::<Result<_>>()?, next_cursor })
}

/// Continues after a key, which must be of the order that is asked for.
fn push_after(query: &mut QueryBuilder<Db>, key: Key, sort: VideoSort) -> Result<()> {
    let id = match (key, sort) {
        (Key::Position(position, id), VideoSort::Position) => {
            query.push(" AND (v.position, v.id) > (").push_bind(position);
            id
        }
        (Key::Added(at, id), VideoSort::Added) => {
            query.push(" AND (v.added_at, v.id) < (").push_bind(cursor::instant(at)?);
            id
        }
        // No title has it, and PostgreSQL takes no text with it.
        (Key::Title(title, id), VideoSort::Title) if !title.contains('\0') => {
            query.push(" AND (v.title_key, v.id) > (").push_bind(title);
            id
        }
        _ => return Err(StoreError::BadCursor),
    };
    query.push(", ").push_bind(id).push(")");
    Ok(())
}

pub(super) async fn by_youtube_id(db: &Database, user_id: Uuid, list_id: Uuid, youtube_id: &str) -> Result<Option<Video>> {
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query.push(COLUMNS).push(" FROM videos v JOIN lists l ON l.id = v.list_id WHERE v.list_id = ").push_bind(list_id);
    query.push(" AND l.user_id = ").push_bind(user_id).push(" AND v.youtube_id = ").push_bind(youtube_id.to_owned());
    match query.build_query_as::<VideoRow>().fetch_optional(db.reader()).await? {
        Some(row) => Ok(Some(row.try_into()?)),
        None => lists::require(db, user_id, list_id).await.map(|()| None),
    }
}

pub(super) async fn known(db: &Database, user_id: Uuid, list_id: Uuid, youtube_ids: &[String]) -> Result<Vec<String>> {
    if youtube_ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Db>::new("SELECT v.youtube_id FROM videos v JOIN lists l ON l.id = v.list_id WHERE v.list_id = ");
    query.push_bind(list_id).push(" AND l.user_id = ").push_bind(user_id).push(" AND v.youtube_id IN (");
    let mut ids = query.separated(", ");
    for id in youtube_ids {
        ids.push_bind(id);
    }
    query.push(")");
    Ok(query.build_query_scalar().persistent(false).fetch_all(db.reader()).await?)
}
