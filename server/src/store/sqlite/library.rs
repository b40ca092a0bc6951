//! Lists and videos.

use app::wire::{List, Page, Video, VideoFilter};
use async_trait::async_trait;
use sqlx::SqliteConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Database, Tx};
use crate::store::{
    Entity, Library, Result, StoreError,
    error::{NOBODY, require_owner},
    library::{ListRow, VideoOrder, VideoPage, VideoRow},
    text::strip_nul,
};

#[async_trait]
impl Library for Database {
    async fn lists(&self, user_id: Uuid) -> Result<Vec<List>> {
        let _permit = self.heavy_reads.acquire_count(user_id).await?;
        let rows: Vec<ListRow> = sqlx::query_as(
            "SELECT l.id, l.name, l.created_at, l.updated_at,
                    (SELECT count(*) FROM videos v WHERE v.list_id = l.id) AS video_count,
                    (SELECT count(*) FROM videos v WHERE v.list_id = l.id AND v.status = 'unavailable') AS unavailable_count,
                    (SELECT count(*) FROM processing_jobs j WHERE j.list_id = l.id AND j.ended_at IS NULL) AS active_jobs,
                    (SELECT max(j.updated_at) FROM processing_jobs j WHERE j.list_id = l.id) AS worked_at
             FROM lists l WHERE l.user_id = $1
             ORDER BY l.created_at DESC, l.id DESC",
        )
        .bind(user_id)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn create_list(&self, user_id: Uuid, name: &str) -> Result<List> {
        let id = Uuid::now_v7();
        sqlx::query("INSERT INTO lists (id, user_id, name, created_at, updated_at) SELECT $1, $2, $3, now, now FROM clock")
            .bind(id)
            .bind(user_id)
            .bind(strip_nul(name))
            .execute(&self.writer)
            .await?;
        self.list(user_id, id).await
    }

    async fn list(&self, user_id: Uuid, list_id: Uuid) -> Result<List> {
        let _permit = self.heavy_reads.acquire_count(user_id).await?;
        let row: Option<ListRow> = sqlx::query_as(
            "SELECT l.id, l.name, l.created_at, l.updated_at,
                    (SELECT count(*) FROM videos v WHERE v.list_id = l.id) AS video_count,
                    (SELECT count(*) FROM videos v WHERE v.list_id = l.id AND v.status = 'unavailable') AS unavailable_count,
                    (SELECT count(*) FROM processing_jobs j WHERE j.list_id = l.id AND j.ended_at IS NULL) AS active_jobs,
                    (SELECT max(j.updated_at) FROM processing_jobs j WHERE j.list_id = l.id) AS worked_at
             FROM lists l WHERE l.id = $1 AND l.user_id = $2",
        )
        .bind(list_id)
        .bind(user_id)
        .fetch_optional(&self.readers)
        .await?;
        match row {
            Some(row) => Ok(row.into()),
            None => Err(self.require_list(user_id, list_id).await.err().unwrap_or(StoreError::NotFound(Entity::List))),
        }
    }

    async fn rename_list(&self, user_id: Uuid, list_id: Uuid, name: &str) -> Result<List> {
        sqlx::query("UPDATE lists SET name = $3, updated_at = (SELECT now FROM clock) WHERE id = $1 AND user_id = $2")
            .bind(list_id)
            .bind(user_id)
            .bind(strip_nul(name))
            .execute(&self.writer)
            .await?;
        self.list(user_id, list_id).await
    }

    async fn delete_list(&self, user_id: Uuid, list_id: Uuid) -> Result<Vec<Uuid>> {
        let mut tx = self.begin().await?;
        require_list(&mut tx, user_id, list_id).await?;
        // Ended before they are moved, because the queue of the user whose job it is then is counted again.
        sqlx::query(
            "UPDATE processing_jobs SET status = 'cancelled', ended_at = (SELECT now FROM clock), lease_token = NULL, lease_until = NULL
             WHERE list_id = $1 AND ended_at IS NULL",
        )
        .bind(list_id)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO removed_jobs (job_id, user_id, removed_at)
             SELECT id, user_id, (SELECT now FROM clock) FROM processing_jobs WHERE list_id = $1",
        )
        .bind(list_id)
        .execute(&mut *tx)
        .await?;
        let jobs =
            sqlx::query_scalar("UPDATE processing_jobs SET user_id = $2, thinned_at = (SELECT now FROM clock) WHERE list_id = $1 RETURNING id")
                .bind(list_id)
                .bind(NOBODY)
                .fetch_all(&mut *tx)
                .await?;
        sqlx::query("UPDATE lists SET user_id = $2, source_key = NULL WHERE id = $1").bind(list_id).bind(NOBODY).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(jobs)
    }

    async fn videos(&self, user_id: Uuid, list_id: Uuid, filter: &VideoFilter) -> Result<Page<Video>> {
        let page = VideoPage::new(filter)?;
        let _permit = self.heavy_reads.acquire(user_id, page.is_heavy()).await?;
        let rows = self.video_rows(user_id, list_id, &page).await?;
        if rows.is_empty() {
            self.require_list(user_id, list_id).await?;
        }
        page.close(rows)
    }

    async fn video_by_youtube_id(&self, user_id: Uuid, list_id: Uuid, youtube_id: &str) -> Result<Option<Video>> {
        let row: Option<VideoRow> = sqlx::query_as(
            "SELECT v.id, v.youtube_id, v.title, v.channel, v.duration_seconds, v.added_at, v.position, v.status, v.cause, v.error, v.reason,
                    v.title_key
             FROM videos v JOIN lists l ON l.id = v.list_id
             WHERE v.list_id = $1 AND l.user_id = $2 AND v.youtube_id = $3",
        )
        .bind(list_id)
        .bind(user_id)
        .bind(strip_nul(youtube_id))
        .fetch_optional(&self.readers)
        .await?;
        match row {
            Some(row) => Ok(Some(row.try_into()?)),
            None => self.require_list(user_id, list_id).await.map(|()| None),
        }
    }

    async fn delete_videos(&self, user_id: Uuid, list_id: Uuid, video_ids: &[Uuid]) -> Result<()> {
        let mut tx = self.begin().await?;
        require_list(&mut tx, user_id, list_id).await?;
        sqlx::query("DELETE FROM videos WHERE list_id = $1 AND id IN (SELECT unhex(value, '-') FROM json_each($2))")
            .bind(list_id)
            .bind(Json(video_ids))
            .execute(&mut *tx)
            .await?;
        touch_list(&mut tx, list_id).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl Database {
    async fn video_rows(&self, user_id: Uuid, list_id: Uuid, page: &VideoPage) -> sqlx::Result<Vec<VideoRow>> {
        let query = match &page.order {
            VideoOrder::Position(position, id) => sqlx::query_as(
                "SELECT v.id, v.youtube_id, v.title, v.channel, v.duration_seconds, v.added_at, v.position, v.status, v.cause, v.error, v.reason,
                    v.title_key
                 FROM videos v JOIN lists l ON l.id = v.list_id
                 WHERE v.list_id = $3 AND l.user_id = $4 AND (v.position, v.id) > ($1, $2)
                   AND ($5 IS NULL OR v.status = $5)
                   AND ($6 IS NULL OR v.search_text LIKE $6 ESCAPE '!' OR lower(v.youtube_id) LIKE $6 ESCAPE '!')
                 ORDER BY v.position, v.id LIMIT $7",
            )
            .bind(position)
            .bind(id),
            VideoOrder::Added(at, id) => sqlx::query_as(
                "SELECT v.id, v.youtube_id, v.title, v.channel, v.duration_seconds, v.added_at, v.position, v.status, v.cause, v.error, v.reason,
                    v.title_key
                 FROM videos v JOIN lists l ON l.id = v.list_id
                 WHERE v.list_id = $3 AND l.user_id = $4 AND (v.added_at, v.id) < ($1, $2)
                   AND ($5 IS NULL OR v.status = $5)
                   AND ($6 IS NULL OR v.search_text LIKE $6 ESCAPE '!' OR lower(v.youtube_id) LIKE $6 ESCAPE '!')
                 ORDER BY v.added_at DESC, v.id DESC LIMIT $7",
            )
            .bind(at)
            .bind(id),
            VideoOrder::Title(title, id) => sqlx::query_as(
                "SELECT v.id, v.youtube_id, v.title, v.channel, v.duration_seconds, v.added_at, v.position, v.status, v.cause, v.error, v.reason,
                    v.title_key
                 FROM videos v JOIN lists l ON l.id = v.list_id
                 WHERE v.list_id = $3 AND l.user_id = $4 AND (v.title_key, v.id) > ($1, $2)
                   AND ($5 IS NULL OR v.status = $5)
                   AND ($6 IS NULL OR v.search_text LIKE $6 ESCAPE '!' OR lower(v.youtube_id) LIKE $6 ESCAPE '!')
                 ORDER BY v.title_key, v.id LIMIT $7",
            )
            .bind(title)
            .bind(id),
        };
        query.bind(list_id).bind(user_id).bind(page.status).bind(&page.pattern).bind(page.limit.query_limit()).fetch_all(&self.readers).await
    }

    /// Checks that the list exists and belongs to this user, after a query for it found nothing.
    pub(super) async fn require_list(&self, user_id: Uuid, list_id: Uuid) -> Result<()> {
        let owner = sqlx::query_scalar("SELECT user_id FROM lists WHERE id = $1").bind(list_id).fetch_optional(&self.readers).await?;
        require_owner(owner, user_id, Entity::List)
    }
}

/// Returns the name of a list if it belongs to this user.
pub(super) async fn require_list(tx: &mut Tx, user_id: Uuid, list_id: Uuid) -> Result<String> {
    let row: Option<(Uuid, String)> = sqlx::query_as("SELECT user_id, name FROM lists WHERE id = $1").bind(list_id).fetch_optional(&mut **tx).await?;
    let (owner, name) = row.unzip();
    require_owner(owner, user_id, Entity::List)?;
    name.ok_or(StoreError::NotFound(Entity::List))
}

/// Records that videos of a list changed.
pub(super) async fn touch_list(connection: &mut SqliteConnection, list_id: Uuid) -> Result<()> {
    sqlx::query("UPDATE lists SET updated_at = (SELECT now FROM clock) WHERE id = $1").bind(list_id).execute(connection).await?;
    Ok(())
}
