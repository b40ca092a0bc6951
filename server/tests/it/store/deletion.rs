//! Deleting while others write.

use app::wire::{ItemFilter, VideoFilter};
use server::internals::{
    job::Ending,
    store::{StoreError, Written},
};

use super::fixtures::{TERM, claim, claimed, file, finish, flush, found, import, job, untried, user_with_list, youtube_id};
use crate::support::database::Database;

pub(super) async fn list_goes_with_its_running_job(db: Database) {
    let (user, list, claim) = claimed(&db, 5).await;
    let work = untried(&db, &claim.lease).await;
    flush(&db, &claim.lease, &[found(&work[0])], None).await;
    assert_eq!(db.store.delete_list(user, list).await.unwrap(), [claim.lease.job_id]);
    assert_eq!(db.store.flush(&claim.lease, &[found(&work[1])], None, None, TERM).await.unwrap(), Written::LeaseLost);
    db.store.release(&claim.lease).await.unwrap();
    assert!(matches!(db.store.job(user, claim.lease.job_id).await, Err(StoreError::NotFound(_))));
    for table in ["lists", "videos", "processing_jobs", "job_items", "job_progress_events"] {
        assert_eq!(db.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}

pub(super) async fn account_goes_with_everything(db: Database) {
    let (user, _, lease) = claimed(&db, 5).await;
    let (stays, _, _) = claimed(&db, 2).await;
    assert!(db.store.delete_user(user).await.unwrap().is_empty());
    assert_eq!(db.store.flush(&lease.lease, &[], None, Some(Ending::Done), TERM).await.unwrap(), Written::LeaseLost);
    for table in ["users", "lists", "processing_jobs"] {
        assert_eq!(db.number(&format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
    }
    assert_eq!(db.store.lists(stays).await.unwrap().len(), 1);
}

pub(super) async fn deleted_videos_leave_the_receipt(db: Database) {
    let (user, list, claim) = claimed(&db, 4).await;
    let work = untried(&db, &claim.lease).await;
    flush(&db, &claim.lease, &[found(&work[0])], None).await;
    let gone = [work[0].video_id.unwrap(), work[2].video_id.unwrap(), uuid::Uuid::new_v4()];
    db.store.delete_videos(user, list, &gone).await.unwrap();
    assert_eq!(db.store.list(user, list).await.unwrap().video_count, 2);
    let left = untried(&db, &claim.lease).await;
    assert_eq!(left[1].video_id, None);
    assert_eq!(left[1].youtube_id, youtube_id(2), "still told apart from a malformed id");
    // A look-up that was in progress when its video was deleted.
    let results: Vec<_> = work[1..].iter().map(found).collect();
    let end = flush(&db, &claim.lease, &results, Some(Ending::Done)).await;
    assert_eq!(end.message, "Completed: 4 succeeded, 0 failed");
    let items = db.store.items(user, claim.lease.job_id, &ItemFilter { limit: Some(10), ..ItemFilter::default() }).await.unwrap().items;
    assert_eq!(items.iter().map(|item| item.video_id.is_some()).collect::<Vec<_>>(), [false, true, false, true]);
    assert_eq!(import(&db, user, list, file(0..4)).await.counts.accepted, 2, "what was deleted may come again");
}

pub(super) async fn deleting_and_working_do_not_deadlock(db: Database) {
    let (user, list) = user_with_list(&db).await;
    job(&db, user, list, 0..200).await;
    let worker = {
        let claim = claim(&db).await.unwrap();
        let work = untried(&db, &claim.lease).await;
        let store = db.store.clone();
        tokio::spawn(async move {
            for chunk in work[..180].chunks(9) {
                let results: Vec<_> = chunk.iter().rev().map(found).collect();
                store.flush(&claim.lease, &results, None, None, TERM).await.unwrap();
            }
            store.flush(&claim.lease, &[], None, Some(Ending::Cancelled), TERM).await.unwrap();
        })
    };
    let videos = db.store.videos(user, list, &VideoFilter { limit: Some(200), ..VideoFilter::default() }).await.unwrap().items;
    let deleters: Vec<_> = (0..3)
        .map(|part| {
            let ids: Vec<_> = videos.iter().skip(part).step_by(3).map(|video| video.id).collect();
            let store = db.store.clone();
            tokio::spawn(async move {
                for ids in ids.chunks(11) {
                    store.delete_videos(user, list, ids).await.unwrap();
                }
            })
        })
        .collect();
    let adding = {
        let store = db.store.clone();
        let lines = file(500..900).into_iter().map(Ok).collect();
        tokio::spawn(async move { super::fixtures::import_results(&*store, user, list, lines).await.unwrap() })
    };
    worker.await.unwrap();
    for deleter in deleters {
        deleter.await.unwrap();
    }
    assert_eq!(adding.await.unwrap().counts.accepted, 400);
    assert_eq!(db.store.list(user, list).await.unwrap().video_count, 400);
    finish(&db, &claim(&db).await.unwrap().lease).await;
}
