//! Rows of other users are forbidden everywhere, and distinguished from those that do not exist.

use app::wire::{ItemFilter, VideoFilter};
use server::internals::store::{Entity, JobQuery, Result, StoreError};
use uuid::Uuid;

use super::fixtures::{claimed, file, finish, import_results, user};
use crate::support::database::Database;

pub(super) async fn rows_of_others_are_forbidden(db: Database) {
    let (owner, list, claim) = claimed(&db, 3).await;
    let job = claim.lease.job_id;
    let stranger = user(&db).await.id;
    refuse_all(&db, stranger, list, job, true).await;
    finish(&db, &claim.lease).await;
    refuse_all(&db, stranger, list, job, true).await;
    refuse_all(&db, owner, Uuid::new_v4(), Uuid::new_v4(), false).await;
    assert!(db.store.lists(stranger).await.unwrap().is_empty());
    assert!(db.store.snapshot(stranger).await.unwrap().is_empty());
    assert!(db.store.jobs(stranger, &JobQuery { limit: Some(10), ..JobQuery::default() }).await.unwrap().items.is_empty());
    let list = db.store.list(owner, list).await.unwrap();
    assert_eq!((list.name.as_str(), list.video_count), ("Watch later", 3), "and nothing was done to it");
    assert_eq!(db.number("SELECT count(*) FROM processing_jobs WHERE dismissed_at IS NULL AND NOT cancel_requested").await, 1);
}

/// Panics unless every method refuses the list and the job: as somebody else's if they exist, otherwise as missing.
pub(super) async fn refuse_all(db: &Database, user: Uuid, list: Uuid, job: Uuid, exists: bool) {
    let store = &*db.store;
    let refused = |name: &str, entity: Entity, answer: Result<()>| match answer {
        Err(StoreError::Forbidden(refused)) if exists => assert_eq!(refused, entity, "{name}"),
        Err(StoreError::NotFound(missing)) if !exists => assert_eq!(missing, entity, "{name}"),
        other => panic!("{name}: {other:?}"),
    };
    let jobs_of_list = JobQuery { list_id: Some(list), limit: Some(10), ..JobQuery::default() };
    let lines = file(0..2).into_iter().map(Ok).collect();
    refused("list", Entity::List, store.list(user, list).await.map(drop));
    refused("rename_list", Entity::List, store.rename_list(user, list, "Mine").await.map(drop));
    refused("delete_list", Entity::List, store.delete_list(user, list).await.map(drop));
    refused("videos", Entity::List, store.videos(user, list, &VideoFilter::default()).await.map(drop));
    refused("video_by_youtube_id", Entity::List, store.video_by_youtube_id(user, list, "00000000001").await.map(drop));
    refused("delete_videos", Entity::List, store.delete_videos(user, list, &[]).await);
    refused("store_import", Entity::List, import_results(store, user, list, lines).await.map(drop));
    refused("jobs", Entity::List, store.jobs(user, &jobs_of_list).await.map(drop));
    refused("job", Entity::Job, store.job(user, job).await.map(drop));
    refused("history", Entity::Job, store.history(user, job, None, None, 10).await.map(drop));
    refused("items", Entity::Job, store.items(user, job, &ItemFilter { limit: Some(10), ..ItemFilter::default() }).await.map(drop));
    refused("receipt_summary", Entity::Job, store.receipt_summary(user, job).await.map(drop));
    refused("cancel", Entity::Job, store.cancel(user, job).await.map(drop));
    refused("retry", Entity::Job, store.retry(user, job, &[]).await.map(drop));
    refused("dismiss", Entity::Job, store.dismiss(user, job).await);
}
