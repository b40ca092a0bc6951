//! An import is stored whole or not at all, and a video is in a list once.

use app::wire::{ItemFilter, JobStatus, Timestamp, Verdict, VideoFilter, VideoStatus};
use server::internals::{
    import::{Entry, ImportError, ImportLine},
    store::{ImportTarget, NewImport, StoreError},
};
use tokio::sync::mpsc;

use super::fixtures::{claim, events, file, import, import_results, job, malformed, untried, user_with_list, video, youtube_id};
use crate::support::database::Database;

fn rejected(line: u32) -> ImportLine {
    ImportLine { list: 0, line, input: "hello".into(), entry: Entry::Rejected("Not a YouTube link".into()) }
}

fn everything() -> ItemFilter {
    ItemFilter { limit: Some(5_000), ..ItemFilter::default() }
}

pub(super) async fn import_is_stored_whole(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let at: Timestamp = "2019-03-04T05:06:07Z".parse().unwrap();
    let titled = Entry::Video { youtube_id: youtube_id(2), title: Some("From the file".into()), added_at: Some(at), note: None };
    let lines = vec![video(1, 1), ImportLine { list: 0, line: 3, input: "two".into(), entry: titled }, rejected(5), video(7, 1)];
    let stored = import(&db, user, list, lines).await;
    assert_eq!((stored.counts.total, stored.counts.accepted, stored.counts.duplicates, stored.counts.rejected_count), (4, 2, 1, 1));
    assert_eq!((stored.counts.rejected[0].line, stored.counts.rejected[0].reason.as_str()), (5, "Not a YouTube link"));
    let state = stored.job.unwrap();
    assert_eq!((state.status, state.progress, state.total_videos, state.seq), (JobStatus::Pending, 0, 2, Some(1)));
    assert_eq!(state.message, "Starting processing...");
    assert_eq!(events(&db, user, state.job_id).await, std::slice::from_ref(&state));

    let stored = db.store.job(user, state.job_id).await.unwrap();
    assert_eq!((stored.state, stored.source_name.as_str(), stored.started_at), (state.clone(), "videos.csv", None));
    let videos = db.store.videos(user, list, &VideoFilter::default()).await.unwrap().items;
    assert_eq!(videos.iter().map(|video| video.position).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((videos[1].title.as_deref(), videos[1].added_at, videos[1].status), (Some("From the file"), at, VideoStatus::Pending));
    assert_eq!(db.store.video_by_youtube_id(user, list, &youtube_id(2)).await.unwrap().as_ref(), Some(&videos[1]));

    let items = db.store.items(user, state.job_id, &everything()).await.unwrap().items;
    let verdicts: Vec<_> = items.iter().map(|item| (item.line, item.verdict)).collect();
    assert_eq!(verdicts, [(1, Verdict::Accepted), (3, Verdict::Accepted), (5, Verdict::Rejected), (7, Verdict::Duplicate)]);
    assert_eq!(items[3].reason.as_deref(), Some("Already on line 1"));
    assert_eq!((items[0].video_id, items[3].video_id), (Some(videos[0].id), None));
    let found = async |q: &str| {
        let query = ItemFilter { q: Some(q.into()), ..everything() };
        let items = db.store.items(user, state.job_id, &query).await.unwrap().items;
        items.iter().map(|item| item.line).collect::<Vec<_>>()
    };
    assert_eq!((found("TWO").await, found("not a youtube").await, found("%").await), (vec![3], vec![5], vec![]));
}

pub(super) async fn same_file_again_creates_no_job(db: Database) {
    let (user, list) = user_with_list(&db).await;
    job(&db, user, list, 0..10).await;
    let mut again = file(0..10);
    again.push(rejected(11));
    let stored = import(&db, user, list, again).await;
    assert!(stored.job.is_none());
    assert_eq!((stored.counts.total, stored.counts.accepted, stored.counts.duplicates, stored.counts.rejected_count), (11, 0, 10, 1));
    assert_eq!(db.number("SELECT count(*) FROM processing_jobs").await, 1);
    assert_eq!(db.number("SELECT count(*) FROM job_items").await, 10);
}

pub(super) async fn same_file_twice_at_once_creates_one_job(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let imports: Vec<_> = (0..4)
        .map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move { import_results(&*store, user, list, file(0..1_200).into_iter().map(Ok).collect()).await.unwrap() })
        })
        .collect();
    let mut jobs = 0;
    for import in imports {
        let stored = import.await.unwrap();
        jobs += u32::from(stored.job.is_some());
        assert_eq!(stored.counts.accepted + stored.counts.duplicates, 1_200);
        assert!(stored.counts.accepted == 0 || stored.counts.duplicates == 0);
    }
    assert_eq!((jobs, db.number("SELECT count(*) FROM videos").await), (1, 1_200));
}

pub(super) async fn duplicates_name_the_line(db: Database) {
    let (user, list) = user_with_list(&db).await;
    job(&db, user, list, [7]).await;
    // More than one chunk apart: the first of them is no longer in memory.
    let mut lines = file(1_000..2_100);
    lines.push(video(1_101, 7));
    lines.push(video(1_102, 1_000));
    lines.push(video(1_103, 2_099));
    let stored = import(&db, user, list, lines).await;
    assert_eq!((stored.counts.accepted, stored.counts.duplicates), (1_100, 3));
    let query = ItemFilter { verdict: Some(Verdict::Duplicate), ..everything() };
    let items = db.store.items(user, stored.job.unwrap().job_id, &query).await.unwrap().items;
    let reasons: Vec<_> = items.iter().map(|item| item.reason.as_deref().unwrap()).collect();
    assert_eq!(reasons, ["Already in this list", "Already on line 1", "Already on line 1100"]);
}

pub(super) async fn bad_line_undoes_everything(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let error = ImportError { code: "unreadable_file", detail: "The file ends in the middle.".into() };
    let mut lines: Vec<_> = file(0..700).into_iter().map(Ok).collect();
    lines.push(Err(error.clone()));
    let refused = import_results(&*db.store, user, list, lines).await;
    assert!(matches!(refused, Err(StoreError::Import(actual)) if actual == error));
    for table in ["videos", "processing_jobs", "job_items", "job_progress_events"] {
        assert_eq!(db.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(import(&db, user, list, file(0..3)).await.counts.accepted, 3, "the list is free again");
}

pub(super) async fn malformed_ids_are_accepted_as_items(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let stored = import(&db, user, list, vec![malformed(1), video(2, 1), malformed(3)]).await;
    assert_eq!((stored.counts.accepted, stored.counts.rejected_count), (3, 0));
    assert_eq!(db.number("SELECT count(*) FROM videos").await, 1);
    let work = untried(&db, &claim(&db).await.unwrap().lease).await;
    assert_eq!(work.iter().map(|item| (item.line, item.video_id.is_some())).collect::<Vec<_>>(), [(1, false), (2, true), (3, false)]);
    assert_eq!((work[0].youtube_id.as_str(), work[1].youtube_id.as_str()), ("too-short", youtube_id(1).as_str()));
}

pub(super) async fn large_files_keep_their_order(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let lines = file((0..3_000).map(|n| (n * 7) % 3_000)).into_iter().chain((3_001..3_200).map(rejected)).collect();
    let stored = import(&db, user, list, lines).await;
    assert_eq!((stored.counts.total, stored.counts.accepted, stored.counts.rejected_count, stored.counts.rejected.len()), (3_199, 3_000, 199, 100));
    assert_eq!(import(&db, user, list, file([1, 5_000, 2, 5_001])).await.counts.accepted, 2);
    let (mut numbers, mut filter) = (Vec::new(), VideoFilter { limit: Some(500), ..VideoFilter::default() });
    loop {
        let page = db.store.videos(user, list, &filter).await.unwrap();
        numbers.extend(page.items.iter().map(|video| (video.position, video.youtube_id.parse::<u32>().unwrap())));
        filter.cursor = page.next_cursor;
        if filter.cursor.is_none() {
            break;
        }
    }
    let wanted = (0..3_000).map(|n| (n * 7) % 3_000).chain([5_000, 5_001]);
    assert_eq!(numbers, (1..).zip(wanted).collect::<Vec<_>>());
}

pub(super) async fn texts_with_unusual_characters_are_stored(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let entry = Entry::titled(youtube_id(1), Some("nul\0 '\"; DROP 🦀".into()));
    let lines = vec![
        ImportLine { list: 0, line: 1, input: "a\0b".into(), entry },
        ImportLine { list: 0, line: 2, input: "\0".into(), entry: Entry::Rejected("no\0".into()) },
    ];
    let job_id = import(&db, user, list, lines).await.job.unwrap().job_id;
    let items = db.store.items(user, job_id, &everything()).await.unwrap().items;
    assert_eq!((items[0].input.as_str(), items[1].reason.as_deref()), ("ab", Some("no")));
    let videos = db.store.videos(user, list, &VideoFilter::default()).await.unwrap().items;
    assert_eq!(videos[0].title.as_deref(), Some("nul '\"; DROP 🦀"));
}

pub(super) async fn receipt_is_searched(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let titled = Entry::titled(youtube_id(2), Some("Käse & ÄPFEL 100%".into()));
    let lines = vec![video(1, 1), ImportLine { list: 0, line: 2, input: "https://youtu.be/Two".into(), entry: titled }, rejected(3), video(4, 1)];
    let job_id = import(&db, user, list, lines).await.job.unwrap().job_id;
    let found = async |q: &str, verdict| {
        let query = ItemFilter { q: Some(q.into()), verdict, ..everything() };
        db.store.items(user, job_id, &query).await.unwrap().items.iter().map(|item| item.line).collect::<Vec<_>>()
    };
    assert_eq!(found("YOUTU.be/t", None).await, [2]);
    assert_eq!(found("äpfel 100%", None).await, [2]);
    assert_eq!(found("not a youtube", None).await, [3]);
    assert_eq!(found(&youtube_id(1), None).await, [1, 4]);
    assert_eq!(found(&youtube_id(1), Some(Verdict::Duplicate)).await, [4]);
    assert_eq!(found(" ", None).await, [1, 2, 3, 4]);
    assert_eq!(found("%", None).await, [2]);
    assert_eq!((found("KASE & apfel", None).await, found("KÄSE", None).await), (vec![2], vec![2]));
    assert!(found("nowhere", None).await.is_empty());
}

pub(super) async fn long_receipt_is_searched_to_its_end(db: Database) {
    let (user, list) = user_with_list(&db).await;
    let job_id = import(&db, user, list, file(0..4_100)).await.job.unwrap().job_id;
    let mut query = ItemFilter { q: Some(youtube_id(4_099)), ..ItemFilter::default() };
    let last: Vec<u32> = db.store.items(user, job_id, &query).await.unwrap().items.iter().map(|item| item.line).collect();
    let [last] = last[..] else { panic!("{last:?}") };
    assert_eq!(last, 4_100);
    // Every line, in pages that are smaller than what is read at once.
    query = ItemFilter { q: Some("0000000".into()), limit: Some(1_500), ..query };
    let mut lines = Vec::new();
    loop {
        let page = db.store.items(user, job_id, &query).await.unwrap();
        lines.extend(page.items.iter().map(|item| item.line));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(lines, (1..=4_100).collect::<Vec<u32>>());
}

/// SQLite has one writer, which an import keeps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn list_can_be_changed_while_the_lines_of_an_import_arrive() {
    let db = Database::postgres().await;
    let (user, list) = user_with_list(&db).await;
    let (sender, receiver) = mpsc::channel(1);
    let (store, import) = (db.store.clone(), NewImport { user_id: user, source_name: "videos.csv".into(), into: ImportTarget::List(list) });
    let stored = tokio::spawn(async move { store.store_import(import, receiver).await.unwrap().remove(0) });
    for line in file(0..2_000) {
        sender.send(Ok(line)).await.unwrap();
    }
    // The import has staged a part of its lines and waits for the rest.
    db.store.rename_list(user, list, "Renamed meanwhile").await.unwrap();
    let added = db.store.list(user, list).await.unwrap();
    assert_eq!((added.name.as_str(), added.video_count), ("Renamed meanwhile", 0));
    job(&db, user, list, [1_999]).await;
    drop(sender);
    let stored = stored.await.unwrap();
    assert_eq!((stored.counts.accepted, stored.counts.duplicates), (1_999, 1), "the video that was added meanwhile is in the list");
}
