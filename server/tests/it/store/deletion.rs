//! Deleting while others write.

use app::wire::{ItemFilter, VideoFilter};
use server::internals::{
    job::Ending,
    store::{StoreError, Written},
};

use super::{
    fixtures::{StartBarrier, claim, claimed, file, finish, flush, found, import, job, try_flush, untried, user, user_with_list, youtube_id},
    ownership::refuse_all,
};
use crate::support::{database::Database, wait_until};

pub(super) async fn list_goes_with_its_running_job(db: Database) {
    let (user, list, claim) = claimed(&db, 5).await;
    let work = untried(&db, &claim.lease).await;
    flush(&db, &claim.lease, &[found(&work[0])], None).await;
    assert_eq!(db.store.delete_list(user, list).await.unwrap(), [claim.lease.job_id]);
    assert_eq!(try_flush(&*db.store, &claim.lease, &[found(&work[1])], None).await.unwrap(), Written::LeaseLost);
    db.store.release(&claim.lease).await.unwrap();
    assert!(matches!(db.store.job(user, claim.lease.job_id).await, Err(StoreError::NotFound(_))));
    assert_removed(&db).await;
}

/// Number of rows of all lists.
async fn rows(db: &Database) -> i64 {
    let tables = ["lists", "videos", "processing_jobs", "job_items", "job_progress_events"].map(|table| format!("(SELECT count(*) FROM {table})"));
    db.number(&format!("SELECT {}", tables.join(" + "))).await
}

/// Removes what was deleted, and checks that nothing of any list is left.
pub(super) async fn assert_removed(db: &Database) {
    // Not at the first attempt if a refused request has not let go of the list yet.
    wait_until("the rows of deleted lists are removed", async || {
        while db.store.remove_deleted(100).await.unwrap() > 0 {}
        rows(db).await == 0
    })
    .await;
}

pub(super) async fn deleted_list_is_gone_before_its_rows_are(db: Database) {
    let (user, list, claim) = claimed(&db, 20).await;
    let since = flush(&db, &claim.lease, &[found(&untried(&db, &claim.lease).await[0])], None).await.created_at.unwrap();
    let (owner, stays) = user_with_list(&db).await;
    job(&db, owner, stays, 0..3).await;
    db.store.delete_list(user, list).await.unwrap();
    assert_eq!(db.number("SELECT count(*) FROM videos").await, 23, "the rows are removed later");
    for asks in [user, owner] {
        refuse_all(&db, asks, list, claim.lease.job_id, false).await;
    }
    assert!(db.store.lists(user).await.unwrap().is_empty() && db.store.snapshot(user).await.unwrap().is_empty());
    assert!(db.store.changes(since).await.unwrap().jobs.iter().all(|change| change.removed || change.user_id != user));
    assert_eq!(super::fixtures::claim(&db).await.unwrap().lease.user_id, owner, "workers do not get its job");
    assert_eq!(db.store.reap_abandoned_jobs(10).await.unwrap(), []);
    db.store.delete_list(owner, stays).await.unwrap();
    assert_removed(&db).await;
}

pub(super) async fn deleted_rows_are_removed_in_parts_by_any_number_of_processes(db: Database) {
    for _ in 0..3 {
        let (user, list) = user_with_list(&db).await;
        for part in 0..4 {
            job(&db, user, list, part * 50..part * 50 + 50).await;
        }
        db.store.delete_list(user, list).await.unwrap();
    }
    let before = rows(&db).await;
    assert_eq!(db.store.remove_deleted(30).await.unwrap(), 30);
    assert_eq!(rows(&db).await, before - 30);
    let start = StartBarrier::new(3);
    let removing = (0..3).map(|_| {
        let store = db.store.clone();
        start.spawn(async move {
            loop {
                match store.remove_deleted(30).await.unwrap() {
                    0 => break,
                    removed => assert!(removed <= 30),
                }
            }
        })
    });
    futures::future::try_join_all(removing.collect::<Vec<_>>()).await.unwrap();
    assert_removed(&db).await;
}

pub(super) async fn account_goes_with_everything(db: Database) {
    let account = user(&db).await;
    let (user, list) = (account.id, db.store.create_list(account.id, "Watch later").await.unwrap().id);
    job(&db, user, list, 0..5).await;
    let lease = claim(&db).await.unwrap();
    let (stays, _, _) = claimed(&db, 2).await;
    assert!(db.store.delete_user(user).await.unwrap().is_empty());
    assert_eq!(try_flush(&*db.store, &lease.lease, &[], Some(Ending::Done)).await.unwrap(), Written::LeaseLost);
    let job = lease.lease.job_id;
    refuse_all(&db, stays, list, job, false).await;
    db.store.create_user(&account.email, "hash", false).await.expect("the address is free again");
    wait_until("only the other's rows are left", async || {
        while db.store.remove_deleted(100).await.unwrap() > 0 {}
        db.number("SELECT count(*) FROM videos").await == 2
    })
    .await;
    for table in ["lists", "processing_jobs"] {
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
                try_flush(&*store, &claim.lease, &results, None).await.unwrap();
            }
            try_flush(&*store, &claim.lease, &[], Some(Ending::Cancelled)).await.unwrap();
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
