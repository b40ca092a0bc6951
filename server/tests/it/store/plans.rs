//! What is read often is read by an index, in both databases.

use super::scene::{claimed, finish};
use crate::support::database::Database;

/// Enough rows that reading all of them is visibly dearer, and statistics that say so.
async fn fill(db: &Database) -> (uuid::Uuid, uuid::Uuid, uuid::Uuid) {
    for _ in 0..15 {
        let (.., claim) = claimed(db, 200).await;
        finish(db, &claim.lease).await;
    }
    let (user, list, claim) = claimed(db, 200).await;
    finish(db, &claim.lease).await;
    db.execute("ANALYZE").await;
    (user, list, claim.lease.job_id)
}

pub(super) async fn history_is_read_by_an_index(db: Database) {
    let (user, _, job) = fill(&db).await;
    let (job, user) = (db.id(job), db.id(user));
    let epoch = if db.settings.database_url.is_some() { "'1970-01-01'::timestamptz" } else { "0" };
    let sql = server::store::HISTORY.replace("$1", &job).replace("$2", &user).replace("$3", epoch).replace("$4", "100").replace("$5", "50");
    let plan = db.plan(&sql).await;
    assert!(plan.contains("idx_job_progress_job"), "{plan}");
    assert!(!plan.contains("Seq Scan on job_progress_events") && !plan.contains("SCAN e"), "{plan}");
}

pub(super) async fn pages_of_videos_are_read_by_an_index(db: Database) {
    let (_, list, _) = fill(&db).await;
    let list = db.id(list);
    for (index, order) in
        [("idx_videos_position", "v.position, v.id"), ("idx_videos_added", "v.added_at DESC, v.id DESC"), ("idx_videos_title", "v.title_key, v.id")]
    {
        let plan = db.plan(&format!("SELECT v.id, v.error FROM videos v WHERE v.list_id = {list} ORDER BY {order} LIMIT 20")).await;
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
