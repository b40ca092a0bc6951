//! The history, which browsers read after a disconnect.

use app::wire::{ProgressUpdate, Timestamp};
use server::internals::{job::Ending, store::Store};
use uuid::Uuid;

use super::fixtures::{StartBarrier, claimed, events, flush, found, try_flush, untried};
use crate::support::database::Database;

async fn history_of_sixty(db: &Database) -> (Uuid, Uuid, Vec<ProgressUpdate>) {
    let (user, _, claim) = claimed(db, 60).await;
    let work = untried(db, &claim.lease).await;
    for chunk in work.chunks(7) {
        flush(db, &claim.lease, &chunk.iter().map(found).collect::<Vec<_>>(), None).await;
    }
    let all = events(db, user, claim.lease.job_id).await;
    assert_eq!(all.len(), 61);
    (user, claim.lease.job_id, all)
}

pub(super) async fn history_pages_without_a_gap(db: Database) {
    let (user, job, all) = history_of_sixty(&db).await;
    let store: &dyn Store = &*db.store;
    let mut pages = Vec::new();
    loop {
        let after = pages.last().and_then(|last: &ProgressUpdate| last.seq);
        let page = store.history(user, job, None, after, 8).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 8);
        pages.extend(page);
    }
    assert_eq!(pages, all);
    assert!(store.history(user, job, None, Some(u64::MAX), 8).await.unwrap().is_empty());
    assert_eq!(store.history(user, job, None, None, 0).await.unwrap().len(), 1, "a limit is at least 1");
}

pub(super) async fn since_is_exclusive(db: Database) {
    let (user, job, all) = history_of_sixty(&db).await;
    for at in [0, 6, 7, 8, 59, 60] {
        let since = all[at].created_at;
        assert_eq!(db.store.history(user, job, since, None, 100).await.unwrap(), all[at + 1..], "after {at}");
        let just_before = since.map(|since| since.plus_micros(-1));
        assert_eq!(db.store.history(user, job, just_before, None, 100).await.unwrap(), all[at..], "from {at}");
    }
    let both = db.store.history(user, job, all[10].created_at, all[20].seq, 100).await.unwrap();
    assert_eq!(both, all[21..], "both apply");
    let far: Timestamp = "9999-12-31T23:59:59Z".parse().unwrap();
    assert!(db.store.history(user, job, Some(far), None, 100).await.unwrap().is_empty());
    let long_ago: Timestamp = "0001-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(db.store.history(user, job, Some(long_ago), None, 100).await.unwrap(), all);
}

/// Readers that repeatedly query from the last instant they know, while the jobs run: together the answers of each are the history.
pub(super) async fn since_follows_many_running_jobs(db: Database) {
    const JOBS: usize = 8;
    let start = StartBarrier::new(2 * JOBS);
    let mut tasks = Vec::new();
    for _ in 0..JOBS {
        let (user, _, claim) = claimed(&db, 40).await;
        let work = untried(&db, &claim.lease).await;
        let (store, lease) = (db.store.clone(), claim.lease);
        let writer = start.spawn(async move {
            for chunk in work.chunks(3) {
                try_flush(&*store, &lease, &chunk.iter().map(found).collect::<Vec<_>>(), None).await.unwrap();
            }
            try_flush(&*store, &lease, &[], Some(Ending::Done)).await.unwrap();
        });
        let store = db.store.clone();
        let reader = start.spawn(async move {
            let mut seen: Vec<ProgressUpdate> = Vec::new();
            while !seen.last().is_some_and(|last| last.status.is_terminal()) {
                let since = seen.last().and_then(|last| last.created_at);
                seen.extend(store.history(user, lease.job_id, since, None, 5).await.unwrap());
            }
            seen
        });
        tasks.push((user, lease.job_id, writer, reader));
    }
    for (user, job, writer, reader) in tasks {
        writer.await.unwrap();
        let all = events(&db, user, job).await;
        assert_eq!(all.len(), 42);
        assert_eq!(reader.await.unwrap(), all);
    }
}

pub(super) async fn event_column_and_json_hold_the_same_instant(db: Database) {
    history_of_sixty(&db).await;
    // To the microsecond, in each SQL dialect.
    let same = if db.settings.database_url.is_some() {
        "(progress_data ->> 'created_at')::timestamptz = created_at"
    } else {
        "CAST(strftime('%s', progress_data ->> 'created_at') AS INTEGER) * 1000000 + substr(progress_data ->> 'created_at', 21, 6) = created_at"
    };
    assert_eq!(db.number(&format!("SELECT count(*) FROM job_progress_events WHERE {same}")).await, 61);
}
