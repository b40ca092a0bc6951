//! Lists, and the lock on one that everything takes that adds or removes its videos.

use app::wire::List;
use uuid::Uuid;

use super::{Database, Db, Tx};
use crate::store::{Entity, Result, StoreError, owner, rows::ListRow, text::clean};

/// Lists with their counts; `$1` is the user.
macro_rules! select_lists {
    ($rest:literal) => {
        concat!(
            "SELECT l.id, l.name, l.created_at, l.updated_at,",
            " (SELECT count(*) FROM videos v WHERE v.list_id = l.id) AS video_count,",
            " (SELECT count(*) FROM videos v WHERE v.list_id = l.id AND v.status = 'unavailable') AS unavailable_count,",
            " (SELECT count(*) FROM processing_jobs j WHERE j.list_id = l.id AND j.ended_at IS NULL) AS active_jobs,",
            " (SELECT max(j.updated_at) FROM processing_jobs j WHERE j.list_id = l.id) AS worked_at",
            " FROM lists l WHERE l.user_id = $1",
            $rest
        )
    };
}

pub(super) async fn of_user(db: &Database, user_id: Uuid) -> Result<Vec<List>> {
    let sql = select_lists!(" ORDER BY l.created_at DESC, l.id DESC");
    let rows = sqlx::query_as::<Db, ListRow>(sql).bind(user_id).fetch_all(db.reader()).await?;
    Ok(rows.into_iter().map(List::from).collect())
}

pub(super) async fn one(db: &Database, user_id: Uuid, list_id: Uuid) -> Result<List> {
    let row = sqlx::query_as::<Db, ListRow>(select_lists!(" AND l.id = $2")).bind(user_id).bind(list_id).fetch_optional(db.reader()).await?;
    match row {
        Some(row) => Ok(row.into()),
        None => Err(missing(db, user_id, list_id).await),
    }
}

pub(super) async fn create(db: &Database, user_id: Uuid, name: &str) -> Result<List> {
    let sql = concat!("INSERT INTO lists (id, user_id, name, created_at, updated_at) VALUES ($1, $2, $3, ", now!(), ", ", now!(), ")");
    let id = Uuid::now_v7();
    sqlx::query::<Db>(sql).bind(id).bind(user_id).bind(clean(name)).execute(db.writer()).await?;
    one(db, user_id, id).await
}

pub(super) async fn rename(db: &Database, user_id: Uuid, list_id: Uuid, name: &str) -> Result<List> {
    let mut tx = db.begin_locking().await?;
    lock(&mut tx, user_id, list_id).await?;
    let sql = concat!("UPDATE lists SET name = $2, updated_at = ", now!(), " WHERE id = $1");
    sqlx::query::<Db>(sql).bind(list_id).bind(clean(name)).execute(&mut *tx).await?;
    tx.commit().await?;
    one(db, user_id, list_id).await
}

/// Holds the list until the transaction ends, and answers its name; what is read of its videos after this stays true.
pub(super) async fn lock(tx: &mut Tx, user_id: Uuid, list_id: Uuid) -> Result<String> {
    let sql = concat!("SELECT user_id, name FROM lists WHERE id = $1", for_update!());
    let (owner, name) = sqlx::query_as::<Db, (Uuid, String)>(sql).bind(list_id).fetch_optional(&mut **tx).await?.unzip();
    owner::compare(owner, user_id, Entity::List)?;
    name.ok_or(StoreError::NotFound(Entity::List))
}

/// Says that the videos of a locked list changed.
pub(super) async fn touch(tx: &mut Tx, list_id: Uuid) -> Result<()> {
    sqlx::query::<Db>(concat!("UPDATE lists SET updated_at = ", now!(), " WHERE id = $1")).bind(list_id).execute(&mut **tx).await?;
    Ok(())
}

/// That the list exists and is this user's: asked where a query about it found nothing.
pub(super) async fn require(db: &Database, user_id: Uuid, list_id: Uuid) -> Result<()> {
    let owner = sqlx::query_scalar::<Db, Uuid>("SELECT user_id FROM lists WHERE id = $1").bind(list_id).fetch_optional(db.reader()).await?;
    owner::compare(owner, user_id, Entity::List)
}

/// Why a list was not found.
async fn missing(db: &Database, user_id: Uuid, list_id: Uuid) -> StoreError {
    require(db, user_id, list_id).await.err().unwrap_or(StoreError::NotFound(Entity::List))
}
