//! The lists of an import: locked, and made where a playlist has none yet.

use sqlx::QueryBuilder;
use uuid::Uuid;

use super::super::{Database, Db, Tx, lists, lock_playlists};
use crate::{
    import::Playlist,
    store::{
        ImportInto, Result,
        playlists::{KeyedList, matched},
        text::clean,
    },
};

/// Id and name of each list of an import, all of them locked until the transaction ends.
pub(super) async fn open(tx: &mut Tx, user_id: Uuid, into: &ImportInto) -> Result<Vec<(Uuid, String)>> {
    match into {
        ImportInto::List(list_id) => Ok(vec![(*list_id, lists::lock(tx, user_id, *list_id).await?)]),
        ImportInto::Playlists(playlists) => of_playlists(tx, user_id, playlists).await,
    }
}

/// One import of a user at a time makes lists, so that two of the same file at once make each list once and neither waits for a list of
/// the other's while it holds one of its own.
async fn of_playlists(tx: &mut Tx, user_id: Uuid, playlists: &[Playlist]) -> Result<Vec<(Uuid, String)>> {
    lock_playlists(tx, user_id).await?;
    let mut query = with_keys(user_id, playlists);
    query.push(concat!(" ORDER BY id", for_update!()));
    let there: Vec<KeyedList> = query.build_query_as().persistent(false).fetch_all(&mut **tx).await?;
    let mut opened = Vec::with_capacity(playlists.len());
    for (playlist, found) in playlists.iter().zip(matched(playlists, &there)) {
        opened.push(match found {
            Some(index) => {
                let (id, name, key) = &there[index];
                if Some(key) != playlist.keys.first() {
                    // Now that the file says more of it than an earlier one did.
                    let sql = "UPDATE lists SET source_key = $2 WHERE id = $1";
                    sqlx::query::<Db>(sql).bind(id).bind(own_key(playlist)).execute(&mut **tx).await?;
                }
                (*id, name.clone())
            }
            None => (make(tx, user_id, playlist).await?, clean(&playlist.name).into_owned()),
        });
    }
    Ok(opened)
}

async fn make(tx: &mut Tx, user_id: Uuid, playlist: &Playlist) -> Result<Uuid> {
    let sql =
        concat!("INSERT INTO lists (id, user_id, name, source_key, created_at, updated_at) VALUES ($1, $2, $3, $4, ", now!(), ", ", now!(), ")");
    let id = Uuid::now_v7();
    sqlx::query::<Db>(sql).bind(id).bind(user_id).bind(clean(&playlist.name)).bind(own_key(playlist)).execute(&mut **tx).await?;
    Ok(id)
}

fn own_key(playlist: &Playlist) -> Option<String> {
    playlist.keys.first().map(|key| clean(key).into_owned())
}

/// The lists of these playlists as they are now, for a preview.
pub(in super::super) async fn lists_of_playlists(db: &Database, user_id: Uuid, playlists: &[Playlist]) -> Result<Vec<Option<(Uuid, String)>>> {
    let there: Vec<KeyedList> = with_keys(user_id, playlists).build_query_as().persistent(false).fetch_all(db.reader()).await?;
    Ok(matched(playlists, &there).into_iter().map(|found| found.map(|index| (there[index].0, there[index].1.clone()))).collect())
}

fn with_keys(user_id: Uuid, playlists: &[Playlist]) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT id, name, source_key FROM lists WHERE user_id = ");
    query.push_bind(user_id).push(" AND source_key IN (''");
    for key in playlists.iter().flat_map(|playlist| &playlist.keys) {
        query.push(", ").push_bind(clean(key).into_owned());
    }
    query.push(")");
    query
}
