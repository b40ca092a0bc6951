//! One import into several lists: all of them or none, and each is found again.

use app::wire::{ImportFormat, VideoFilter};
use server::internals::{
    import::{ImportError, ImportLine, Playlist},
    store::{ImportTarget, NewImport, Result, Store, StoreError, StoredImport},
};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::fixtures::{events, user, video};
use crate::support::database::Database;

fn playlist(name: &str, keys: &[&str]) -> Playlist {
    Playlist { name: name.into(), source_name: None, format: ImportFormat::Csv, keys: keys.iter().map(|key| (*key).into()).collect() }
}

/// A line of a list.
fn line(list: u32, line: u32, n: u32) -> ImportLine {
    ImportLine { list, ..video(line, n) }
}

async fn import(
    store: &dyn Store,
    user_id: Uuid,
    playlists: Vec<Playlist>,
    lines: Vec<Result<ImportLine, ImportError>>,
) -> Result<Vec<StoredImport>> {
    let (sender, receiver) = mpsc::channel(lines.len().max(1));
    for line in lines {
        sender.try_send(line).unwrap();
    }
    drop(sender);
    store.store_import(NewImport { user_id, source_name: "takeout.zip".into(), into: ImportTarget::Playlists(playlists) }, receiver).await
}

fn two() -> Vec<Playlist> {
    vec![playlist("Music", &["takeout:music"]), playlist("Cooking", &["takeout:cooking"])]
}

pub(super) async fn playlists_become_lists_and_are_found_again(db: Database) {
    let user_id = user(&db).await.id;
    assert_eq!(db.store.lists_for_playlists(user_id, &two()).await.unwrap(), [None, None]);
    // Lines of two lists in turn, as a tree of bookmarks produces them; the same video may be in both.
    let lines = vec![Ok(line(0, 1, 1)), Ok(line(1, 1, 1)), Ok(line(0, 2, 2)), Ok(line(1, 2, 3)), Ok(line(1, 3, 1))];
    let stored = import(&*db.store, user_id, two(), lines).await.unwrap();
    let seen: Vec<_> = stored.iter().map(|list| (list.list_name.as_str(), list.counts.accepted, list.counts.duplicates)).collect();
    assert_eq!(seen, [("Music", 2, 0), ("Cooking", 2, 1)]);
    for list in &stored {
        let state = list.job.as_ref().unwrap();
        assert_eq!((state.list_id, state.total_videos), (Some(list.list_id), 2));
        assert_eq!(events(&db, user_id, state.job_id).await, std::slice::from_ref(state));
    }
    db.store.rename_list(user_id, stored[0].list_id, "My music").await.unwrap();
    let found = db.store.lists_for_playlists(user_id, &two()).await.unwrap();
    assert_eq!(found, [Some((stored[0].list_id, "My music".into())), Some((stored[1].list_id, "Cooking".into()))]);

    let grown = vec![Ok(line(0, 1, 9)), Ok(line(0, 2, 1)), Ok(line(0, 3, 2)), Ok(line(1, 1, 4))];
    let again = import(&*db.store, user_id, two(), grown).await.unwrap();
    let seen: Vec<_> = again.iter().map(|list| (list.list_id, list.counts.accepted, list.counts.duplicates)).collect();
    assert_eq!(seen, [(stored[0].list_id, 1, 2), (stored[1].list_id, 1, 0)]);
    let videos = db.store.videos(user_id, stored[0].list_id, &VideoFilter::default()).await.unwrap().items;
    let order: Vec<_> = videos.iter().map(|video| video.youtube_id.parse::<u32>().unwrap()).collect();
    assert_eq!(order, [1, 2, 9], "what was there keeps its place");

    let other = user(&db).await.id;
    assert_eq!(db.store.lists_for_playlists(other, &two()).await.unwrap(), [None, None]);
    let theirs = import(&*db.store, other, two(), vec![Ok(line(0, 1, 1)), Ok(line(1, 1, 1))]).await.unwrap();
    assert!(theirs.iter().all(|list| list.list_id != stored[0].list_id && list.list_id != stored[1].list_id));
}

pub(super) async fn renamed_playlist_keeps_its_list(db: Database) {
    let user_id = user(&db).await.id;
    let first = import(&*db.store, user_id, vec![playlist("Music", &["takeout:music"])], vec![Ok(line(0, 1, 1))]).await.unwrap();
    // A later file contains the playlist's id, and the next one another name.
    for (name, keys) in [("Music", ["youtube:PL1", "takeout:music"]), ("Songs", ["youtube:PL1", "takeout:songs"])] {
        let again = import(&*db.store, user_id, vec![playlist(name, &keys)], vec![Ok(line(0, 1, 1))]).await.unwrap();
        assert_eq!((again[0].list_id, again[0].list_name.as_str(), again[0].counts.duplicates), (first[0].list_id, "Music", 1));
        // Nothing was new, so nothing was written, not even the key.
        let grown = import(&*db.store, user_id, vec![playlist(name, &keys)], vec![Ok(line(0, 1, 2)), Ok(line(0, 2, 3))]).await.unwrap();
        assert_eq!(grown[0].list_id, first[0].list_id);
        db.execute("DELETE FROM videos").await;
        import(&*db.store, user_id, vec![playlist(name, &keys)], vec![Ok(line(0, 1, 1))]).await.unwrap();
    }
    assert_eq!(db.number("SELECT count(*) FROM lists").await, 1);
}

pub(super) async fn two_imports_at_once_make_each_list_once(db: Database) {
    let user_id = user(&db).await.id;
    let imports: Vec<_> = (0..4)
        .map(|turn| {
            let store = db.store.clone();
            let mut playlists = two();
            if turn % 2 == 1 {
                playlists.reverse();
            }
            let lines = (0..600).map(|n| Ok(line(n % 2, n / 2 + 1, n / 2))).collect();
            tokio::spawn(async move { import(&*store, user_id, playlists, lines).await.unwrap() })
        })
        .collect();
    let mut accepted = 0;
    for import in imports {
        accepted += import.await.unwrap().iter().map(|list| list.counts.accepted).sum::<u32>();
    }
    assert_eq!((accepted, db.number("SELECT count(*) FROM lists").await, db.number("SELECT count(*) FROM videos").await), (600, 2, 600));
    assert_eq!(db.number("SELECT count(*) FROM processing_jobs").await, 2);
}

pub(super) async fn bad_line_undoes_every_list(db: Database) {
    let user_id = user(&db).await.id;
    let error = ImportError { code: "unreadable_file", detail: "The file ends in the middle.".into() };
    let lines = vec![Ok(line(0, 1, 1)), Ok(line(1, 1, 1)), Err(error.clone())];
    let refused = import(&*db.store, user_id, two(), lines).await;
    assert!(matches!(refused, Err(StoreError::Import(actual)) if actual == error));
    for table in ["lists", "videos", "processing_jobs", "job_items", "job_progress_events"] {
        assert_eq!(db.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}

pub(super) async fn list_without_anything_new_gets_no_job(db: Database) {
    let user_id = user(&db).await.id;
    import(&*db.store, user_id, two(), vec![Ok(line(0, 1, 1)), Ok(line(1, 1, 1))]).await.unwrap();
    let again = import(&*db.store, user_id, two(), vec![Ok(line(0, 1, 1)), Ok(line(1, 1, 2))]).await.unwrap();
    assert_eq!((again[0].job.is_some(), again[0].counts.duplicates), (false, 1));
    assert_eq!((again[1].job.is_some(), again[1].counts.accepted), (true, 1));
    assert_eq!((db.number("SELECT count(*) FROM processing_jobs").await, db.number("SELECT count(*) FROM job_items").await), (3, 3));
}
