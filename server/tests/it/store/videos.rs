//! Pages of videos.

use app::wire::{FailureCause, JobStatus, Timestamp, Video, VideoFilter, VideoReason, VideoSort, VideoStatus};
use server::internals::{
    import::{Entry, ImportLine},
    job::{Ending, Metadata},
    store::StoreError,
};
use uuid::Uuid;

use super::fixtures::{claim, failed, flush, found, import, untried, user_with_list, youtube_id};
use crate::support::database::Database;

/// 250 videos, every fifth without a title. Titles and dates repeat, so that ids decide the order.
async fn many(db: &Database) -> (Uuid, Uuid) {
    let (user, list) = user_with_list(db).await;
    let lines = (1..=250).map(|n| {
        let title = (n % 5 != 0).then(|| format!("{} {}", if n % 2 == 0 { "äther" } else { "Zebra" }, n % 40));
        let added_at = Some(Timestamp::from_micros(1_500_000_000_000_000 + i64::from(n * 7 % 50) * 1_000_000));
        ImportLine { list: 0, line: n, input: youtube_id(n), entry: Entry::Video { youtube_id: youtube_id(n), title, added_at, note: None } }
    });
    import(db, user, list, lines.collect()).await;
    (user, list)
}

async fn all_videos(db: &Database, user: Uuid, list: Uuid, mut filter: VideoFilter) -> Vec<Video> {
    let mut videos = Vec::new();
    loop {
        let page = db.store.videos(user, list, &filter).await.unwrap();
        assert!(page.items.len() <= filter.limit.unwrap() as usize);
        videos.extend(page.items);
        filter.cursor = page.next_cursor;
        if filter.cursor.is_none() {
            return videos;
        }
    }
}

pub(super) async fn pages_have_every_video_once(db: Database) {
    let (user, list) = many(&db).await;
    for sort in [VideoSort::Position, VideoSort::Added, VideoSort::Title] {
        for limit in [7, 50, 249, 250] {
            let videos = all_videos(&db, user, list, VideoFilter { limit: Some(limit), sort, ..VideoFilter::default() }).await;
            let mut ids: Vec<_> = videos.iter().map(|video| video.id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!((videos.len(), ids.len()), (250, 250), "{sort:?} by {limit}");
            let ordered = |a: &Video, b: &Video| match sort {
                VideoSort::Position => a.position < b.position,
                VideoSort::Added => a.added_at >= b.added_at,
                VideoSort::Title => match (&a.title, &b.title) {
                    (Some(a), Some(b)) => a.to_lowercase() <= b.to_lowercase(),
                    (Some(_) | None, None) => true,
                    (None, Some(_)) => false,
                },
            };
            assert!(videos.windows(2).all(|pair| ordered(&pair[0], &pair[1])), "{sort:?} by {limit}");
        }
    }
    let plain = db.store.videos(user, list, &VideoFilter::default()).await.unwrap();
    assert_eq!((plain.items.len(), plain.next_cursor.is_some()), (100, true));
    assert_eq!(plain.items[0].thumbnail_url, "https://i.ytimg.com/vi/00000000001/mqdefault.jpg");
}

pub(super) async fn videos_are_searched_and_filtered(db: Database) {
    let (user, list) = many(&db).await;
    let find = async |q: &str| all_videos(&db, user, list, VideoFilter { limit: Some(100), q: Some(q.into()), ..VideoFilter::default() }).await.len();
    assert_eq!(find("ZEBRA").await, 100);
    assert_eq!(find("Äther").await, 100, "case of every alphabet");
    assert_eq!(find("00000000123").await, 1);
    assert_eq!((find("%").await, find("_").await, find("!").await), (0, 0, 0), "wildcards are letters");
    assert_eq!(find("  ").await, 250);

    let lease = claim(&db).await.unwrap().lease;
    let work = untried(&db, &lease).await;
    let named = Metadata { title: Some("Named since".into()), channel: Some("Ölkanal".into()), duration_seconds: None, reason: None };
    let results = [work[0].result(Ok(named)), failed(&work[1], FailureCause::Unavailable)];
    flush(&db, &lease, &results, None).await;
    assert_eq!((find("named SINCE").await, find("ölkanal").await), (1, 1));
    let status = |status| VideoFilter { limit: Some(300), status: Some(status), ..VideoFilter::default() };
    assert_eq!(all_videos(&db, user, list, status(VideoStatus::Pending)).await.len(), 248);
    assert_eq!(all_videos(&db, user, list, status(VideoStatus::Unavailable)).await[0].id, work[1].video_id.unwrap());
    assert_eq!(all_videos(&db, user, list, status(VideoStatus::Failed)).await, []);
}

pub(super) async fn video_whose_embedding_is_disabled_keeps_the_title_it_has(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let line = |line: u32, title: Option<&str>| {
        let entry = Entry::titled(youtube_id(line), title.map(Into::into));
        ImportLine { list: 0, line, input: youtube_id(line), entry }
    };
    import(&db, user, list, vec![line(1, Some("From the file")), line(2, None), line(3, None)]).await;
    let lease = claim(&db).await.unwrap().lease;
    let work = untried(&db, &lease).await;
    let untold = Metadata { title: None, channel: None, duration_seconds: None, reason: Some(VideoReason::EmbeddingDisabled) };
    let result = |n: usize| work[n].result(Ok(untold.clone()));
    let state = flush(&db, &lease, &[result(0), result(1), found(&work[2])], Some(Ending::Done)).await;
    assert_eq!(state.status, JobStatus::Completed, "it is no failure");
    let shown = async |q: Option<&str>| {
        let videos = all_videos(&db, user, list, VideoFilter { limit: Some(9), q: q.map(Into::into), ..VideoFilter::default() }).await;
        videos.into_iter().map(|video| (video.position, video.status, video.title, video.reason)).collect::<Vec<_>>()
    };
    let reason = Some(VideoReason::EmbeddingDisabled);
    let first = (1, VideoStatus::Ok, Some("From the file".into()), reason);
    let last = (3, VideoStatus::Ok, Some(format!("Title {}", youtube_id(3))), None);
    assert_eq!(shown(None).await, [first.clone(), (2, VideoStatus::Ok, None, reason), last]);
    assert_eq!(shown(Some("the file")).await, [first]);
}

pub(super) async fn cursor_of_another_order_is_refused(db: Database) {
    let (user, list) = many(&db).await;
    let cursor = db.store.videos(user, list, &VideoFilter { limit: Some(1), ..VideoFilter::default() }).await.unwrap().next_cursor;
    for (cursor, sort) in [(cursor, VideoSort::Title), (Some("e30".into()), VideoSort::Position), (Some(String::new()), VideoSort::Added)] {
        let filter = VideoFilter { cursor, sort, ..VideoFilter::default() };
        assert!(matches!(db.store.videos(user, list, &filter).await, Err(StoreError::BadCursor)), "{filter:?}");
    }
}

pub(super) async fn list_has_the_numbers_of_its_videos_and_active_jobs(db: Database) {
    let (user, list) = many(&db).await;
    let empty = db.store.create_list(user, "Empty").await.unwrap();
    let before = db.store.list(user, list).await.unwrap();
    assert_eq!((before.video_count, before.unavailable_count, before.active_jobs), (250, 0, 1));
    let lease = claim(&db).await.unwrap().lease;
    let work = untried(&db, &lease).await;
    flush(&db, &lease, &[failed(&work[3], FailureCause::Unavailable), failed(&work[4], FailureCause::Network)], None).await;
    let lists = db.store.lists(user).await.unwrap();
    assert_eq!(lists.iter().map(|list| list.id).collect::<Vec<_>>(), [empty.id, list], "newest first");
    assert_eq!((lists[1].video_count, lists[1].unavailable_count, lists[1].active_jobs), (250, 1, 1));
    assert!(lists[1].updated_at > before.created_at);
    assert_eq!(lists[0], empty);
    let renamed = db.store.rename_list(user, list, "Renamed").await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.video_count), ("Renamed", 250));
}
