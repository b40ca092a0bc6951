//! Plans of what workers do all the time.

use super::statements;
use crate::support::database::Database;

/// Before anything has gathered statistics: an import of two hundred thousand lines, for example, into a new database.
#[tokio::test]
async fn sqlite_finds_the_rows_of_a_flush_without_statistics() {
    let db = Database::sqlite().await;
    for fragment in ["SET outcome = r.", "AND +v.list_id = $1"] {
        let plan = db.prepared_plan(&statements::find_statement(&db, fragment), "").await;
        let (results, rows) = (plan.find("SCAN r VIRTUAL TABLE").expect(&plan), plan.find("SEARCH").expect(&plan));
        assert!(results < rows && !plan.contains("SCAN job_items") && !plan.contains("SCAN videos"), "{plan}");
        assert!(plan.contains("(job_id=? AND line=?)") || plan.contains("(id=?)"), "{plan}");
    }
}
