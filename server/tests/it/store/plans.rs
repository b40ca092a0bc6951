//! Frequent reads use an index, in both databases.

use server::internals::store;
use uuid::Uuid;

use super::{
    fixtures::{claimed, finish, job, user_with_list},
    statements,
};
use crate::support::{database::Database, wait_until};

/// Enough rows that reading all of them clearly costs more, and statistics that reflect this.
async fn fill(db: &Database) -> Uuid {
    for _ in 0..15 {
        let (.., claim) = claimed(db, 200).await;
        finish(db, &claim.lease).await;
    }
    let (_, list, claim) = claimed(db, 200).await;
    finish(db, &claim.lease).await;
    db.execute("ANALYZE").await;
    list
}

/// Two hundred and fifty jobs of one user; returns the last one.
async fn many_jobs(db: &Database) -> (Uuid, Uuid) {
    let (user, list) = user_with_list(db).await;
    let mut last = Uuid::nil();
    for number in 0..250 {
        last = job(db, user, list, [number]).await;
    }
    (user, last)
}

/// Fifty thousand events of two hundred and fifty jobs.
async fn fifty_thousand_events(db: &Database) -> (Uuid, Uuid) {
    let (user, last) = many_jobs(db).await;
    // What two hundred videos produce; inserted as rows, because fifty thousand look-ups would take minutes.
    let (id, moved, data) = if db.settings.database_url.is_some() {
        ("gen_random_uuid()", "e.created_at + n.x * interval '1 millisecond'", "jsonb_set(e.progress_data, '{seq}', to_jsonb(n.x + 1))")
    } else {
        ("randomblob(16)", "e.created_at + n.x * 1000", "json_set(e.progress_data, '$.seq', n.x + 1)")
    };
    let added = db
        .execute(&format!(
            "INSERT INTO job_progress_events (id, job_id, created_at, progress_data)
             WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 199)
             SELECT {id}, e.job_id, {moved}, {data} FROM job_progress_events e CROSS JOIN n"
        ))
        .await;
    assert_eq!(added, 250 * 199);
    db.execute("ANALYZE").await;
    (user, last)
}

/// From the start, the middle and the end of a job, and with the plan that is reused for all values.
pub(super) async fn history_is_read_by_an_index_however_many_events(db: Database) {
    let (user, job) = fifty_thousand_events(&db).await;
    let (job, user) = (db.id(job), db.id(user));
    let instant = if db.settings.database_url.is_some() { ["'1970-01-01'::timestamptz", "now()"] } else { ["0", "unixepoch() * 1000000"] };
    let history = statements::find_statement(&db, "SELECT e.progress_data");
    let mut plans = Vec::new();
    for (since, after_seq) in [(instant[0], "0"), (instant[0], "100"), (instant[1], "0"), (instant[1], "199")] {
        let values = [("$1", &*job), ("$2", &user), ("$3", since), ("$4", after_seq), ("$5", "1001")];
        let sql = values.iter().fold(history.clone(), |sql, (name, value)| sql.replace(name, value));
        plans.push(db.plan(&sql).await);
    }
    plans.push(db.prepared_plan(&history, &format!("{job}, {user}, {}, 100, 1001", instant[0])).await);
    for plan in plans {
        assert!(plan.contains("idx_job_progress_job"), "{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN "), "{plan}");
    }
}

/// Statements that run for every request, page, claim, renewal, flush or re-check, with values for their parameters as literals of
/// PostgreSQL.
const HOT: [(&str, &str); 25] = [
    ("s.cookie_hash = $1", "'\\x00', 1"),
    ("FROM lists l WHERE l.user_id = $1", "{id}"),
    ("FROM lists l WHERE l.id = $1 AND l.user_id = $2", "{id}, {id}"),
    ("(v.position, v.id) > ($1, $2)", "0, {id}, {id}, {id}, NULL, NULL, 101"),
    ("(v.added_at, v.id) < ($1, $2)", "now(), {id}, {id}, {id}, NULL, NULL, 101"),
    ("(v.title_key, v.id) > ($1, $2)", "'', {id}, {id}, {id}, NULL, NULL, 101"),
    ("FROM shown_jobs WHERE user_id = $1 AND (created_at, id)", "{id}, now(), {id}, 51"),
    ("FROM shown_jobs WHERE list_id = $5", "{id}, now(), {id}, 51, {id}"),
    ("LIMIT $4) AS active", "{id}, now(), {id}, 51, NULL, 1, TRUE"),
    ("WHERE retry_of = $5", "{id}, now(), {id}, 51, {id}, NULL, TRUE, TRUE, 1"),
    ("SELECT state, is_queued", "{id}, 1"),
    ("unclaimed_at >= $1", "now()"),
    ("j.state FROM", "ARRAY[{id}]"),
    ("SELECT e.progress_data", "{id}, {id}, now(), 0, 1001"),
    ("i.reason, i.video_id, v.search_text", "{id}, {id}, 0, NULL, NULL, NULL, 101"),
    ("COALESCE(i.youtube_id, i.input)", "{id}, {id}, 0, 100"),
    ("SET outcome = r.", FLUSH),
    ("UPDATE processing_jobs SET lease_until = ", "{id}, {id}, 1"),
    ("AND checked_at IS NULL AND youtube_id > $1", "'', 'demo', 10"),
    ("SET lease_token = $2, lease_until = $3", "{id}, {id}, now(), now(), now()"),
    ("last_event_at = $8,\n                attempts", "{id}, 'a', 1, 0, '{}', 2, '{}', now(), 0, now(), NULL, now(), NULL"),
    ("SET outcome = 'cancelled'", "{id}"),
    ("progress_data)\n         SELECT", "{id}, ARRAY[{id}], ARRAY[now()], ARRAY['{}'::jsonb]"),
    ("SET total_videos = $2", "{id}, 1, '{}', now()"),
    ("SET status = $2, cause = $3", "'a', 'ok', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"),
];

/// Values of PostgreSQL's only statement of a flush.
const FLUSH: &str = "{id}, {id}, 1, 'processing', 1, 0, '{}', 2, 1, 0, '{}', FALSE, 1, ARRAY[{id}], ARRAY[{id}], ARRAY[1], ARRAY['succeeded'], ARRAY[NULL], ARRAY[NULL], '{ok}', '{a}', '{a}', '{a}', '{a}', '{1}', '{a}', '{a}', '{a}', ARRAY[{id}], ARRAY[0], ARRAY['{}'::jsonb]";
/// Statements of SQLite alone.
const HOT_OF_SQLITE: [(&str, &str); 2] = [("AND +v.list_id = $1", ""), ("untried_from = $9", "")];

/// With the plan that is reused for all values. A scan of a whole table would make a statement slower with every job and video.
pub(super) async fn hot_statements_read_no_table_whole(db: Database) {
    fill(&db).await;
    many_jobs(&db).await;
    db.execute("ANALYZE").await;
    let own: &[_] = if db.settings.database_url.is_some() { &[] } else { &HOT_OF_SQLITE };
    for (fragment, values) in HOT.iter().chain(own) {
        let sql = statements::find_statement(&db, fragment);
        let plan = db.prepared_plan(&sql, &values.replace("{id}", "'00000000-0000-0000-0000-000000000000'::uuid")).await;
        let whole = plan.lines().find(|line| {
            let scan = line.contains("Seq Scan") || line.trim_start().starts_with("SCAN ");
            // Allowed: a single row, values from parameters, or an index that is read in the requested order.
            scan && ![
                "VIRTUAL TABLE",
                "CONSTANT ROW",
                "SCAN clock",
                "SCAN r",
                "SCAN s LEFT-JOIN",
                "SCAN active",
                "SCAN (subquery",
                "USING INDEX",
                "USING COVERING INDEX",
            ]
            .iter()
            .any(|small| line.contains(small))
        });
        assert!(whole.is_none(), "{fragment}\n{plan}");
    }
}

/// What an import of PostgreSQL does before its other statements; its plans depend on it.
const STAGING: [&str; 3] = [
    "CREATE TEMPORARY TABLE import_lines (LIKE import_lines INCLUDING ALL)",
    "INSERT INTO import_lines (list, line, input, id, youtube_id)
     SELECT 0, n, n::text, gen_random_uuid(), 'video' || n FROM generate_series(1, 50) AS n",
    "ANALYZE import_lines",
];

/// A long list, or many of them, must not slow an import of a few lines.
pub(super) async fn imports_read_no_table_whole(db: Database) {
    fill(&db).await;
    db.execute("ANALYZE").await;
    let (statements, staging): (&[_], &[_]) = if db.settings.database_url.is_some() {
        let statements = &[
            ("INSERT INTO videos", "ARRAY[{id}], ARRAY[0]"),
            ("WITH decided AS", "ARRAY[{id}], 'a', 'b'"),
            ("SELECT v.youtube_id FROM UNNEST", "ARRAY[{id}], '{a}', {id}"),
        ];
        (statements, &STAGING)
    } else {
        (
            &[("CASE WHEN v.position > $3", ""), ("INSERT INTO videos", ""), ("SELECT $1, i.value ->> 'line'", ""), ("SELECT v.youtube_id FROM", "")],
            &[],
        )
    };
    for (fragment, values) in statements {
        let values = values.replace("{id}", "'00000000-0000-0000-0000-000000000000'::uuid");
        let plan = db.prepared_plan_after(staging, &statements::find_statement(&db, fragment), &values).await;
        let lines: Vec<&str> = plan.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let whole = ["SCAN v", "SCAN i"].iter().any(|scan| line.trim_start().starts_with(scan)) && !line.contains("VIRTUAL TABLE");
            // PostgreSQL calls reading a whole index an index scan, too, without a condition.
            let reads_stored = line.contains("Scan") && [" on videos", " on job_items", " on lists"].iter().any(|table| line.contains(table));
            let by_index = !reads_stored || lines.get(at + 1).is_some_and(|next| next.contains("Index Cond"));
            assert!(!whole && by_index, "{fragment}\n{plan}");
        }
    }
}

/// A hundred thousand jobs that wait must not slow claims, renewals and the search for abandoned jobs.
pub(super) async fn claims_read_queues_instead_of_jobs(db: Database) {
    for _ in 0..20 {
        let (user, list) = user_with_list(&db).await;
        for number in 0..10 {
            job(&db, user, list, [number]).await;
        }
    }
    // And the queues of ten thousand other users.
    let (id, now) = if db.settings.database_url.is_some() { ("gen_random_uuid()", "now()") } else { ("randomblob(16)", "unixepoch() * 1000000") };
    let numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 10000)";
    db.execute(&format!("INSERT INTO users (id, email, password_hash, created_at) {numbers} SELECT {id}, 'user ' || x, '', {now} FROM n")).await;
    db.execute(&format!("INSERT INTO job_queues (user_id, next_run_at) SELECT id, {now} FROM users WHERE password_hash = ''")).await;
    db.execute("ANALYZE").await;
    let user = "'00000000-0000-0000-0000-000000000000'::uuid";
    let claims: &[_] = if db.settings.database_url.is_some() {
        &[
            ("ALL($3)\n", "'demo', 2, '{}'", "idx_job_queues_next"),
            ("ALL($3) AND q.running", "'demo', 2, '{}'", "idx_job_queues_next"),
            ("j.lease_token IS NULL AND j.run_at <= ", &format!("{user}, 'demo'"), "idx_jobs_queued"),
        ]
    } else {
        &[("q.running < $2", "", "idx_job_queues_next"), ("q.running < $2", "", "idx_jobs_queued")]
    };
    for (fragment, values, index) in claims.iter().chain(&[("own.running", user, "job_queues"), ("j.attempts >= $1", "10", "idx_jobs_attended")]) {
        let plan = db.prepared_plan(&statements::find_statement(&db, fragment), values).await;
        assert!(plan.contains(index), "{fragment}\n{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{fragment}\n{plan}");
    }
}

/// Years of jobs of one user: what pages ask for all the time reads the few that it needs.
pub(super) async fn old_jobs_do_not_slow_what_is_read_all_the_time(db: Database) {
    let (user, _) = many_jobs(&db).await;
    let (number, ended) = if db.settings.database_url.is_some() {
        ("gen_random_uuid()", "created_at - n.x * interval '1 hour'")
    } else {
        ("randomblob(16)", "created_at - n.x * 3600000000")
    };
    db.execute(&format!(
        "INSERT INTO processing_jobs (id, user_id, list_id, source_name, status, total_videos, causes, seq, state, last_event_at, run_at, created_at,
                                      updated_at, ended_at, unclaimed_at)
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200)
         SELECT {number}, user_id, list_id, source_name, 'completed', 1, causes, seq, state, {ended}, {ended}, {ended}, {ended}, {ended}, {ended}
         FROM processing_jobs CROSS JOIN n"
    ))
    .await;
    db.execute("ANALYZE").await;
    assert_eq!(db.number("SELECT count(*) FROM processing_jobs").await, 250 * 201);
    let id = "'00000000-0000-0000-0000-000000000000'::uuid";
    for (fragment, values, indexes) in [
        ("SELECT state, is_queued", "{id}, 1", &["idx_jobs_active", "idx_jobs_ended"][..]),
        ("LIMIT $4) AS active", "{id}, now(), {id}, 51, NULL, 1, TRUE", &["idx_jobs_active", "idx_jobs_ended"]),
        ("FROM shown_jobs WHERE user_id = $1 AND (created_at, id)", "{id}, now(), {id}, 51", &["idx_jobs_user"]),
        ("FROM shown_jobs WHERE list_id = $5", "{id}, now(), {id}, 51, {id}", &["idx_jobs_list"]),
        ("WHERE retry_of = $5", "{id}, now(), {id}, 51, {id}, NULL, TRUE, TRUE, 1", &["idx_jobs_retry_of"]),
        ("unclaimed_at >= $1", "now()", &["idx_jobs_attended", "idx_jobs_unclaimed", "idx_jobs_dismissed"]),
    ] {
        let plan = db.prepared_plan(&statements::find_statement(&db, fragment), &values.replace("{id}", id)).await;
        assert!(indexes.iter().all(|index| plan.contains(index)), "{fragment}\n{plan}");
    }
    assert_eq!(db.store.snapshot(user).await.unwrap().len(), 250);
}

pub(super) async fn old_histories_are_found_by_an_index(db: Database) {
    many_jobs(&db).await;
    db.execute("UPDATE processing_jobs SET status = 'completed', ended_at = created_at, thinned_at = created_at").await;
    db.execute("ANALYZE").await;
    let plan = db.prepared_plan(&statements::find_statement(&db, "thinned_at IS NULL"), "0, 10").await;
    assert!(plan.contains("idx_jobs_unthinned"), "{plan}");
    assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
}

pub(super) async fn pages_of_videos_are_read_in_the_order_of_an_index(db: Database) {
    fill(&db).await;
    for (index, order) in [
        ("idx_videos_position", "(v.position, v.id) > ($1, $2)"),
        ("idx_videos_added", "(v.added_at, v.id) < ($1, $2)"),
        ("idx_videos_title", "(v.title_key, v.id) > ($1, $2)"),
    ] {
        let (_, values) = HOT.iter().find(|(fragment, _)| *fragment == order).expect("it is hot");
        let values = values.replace("{id}", "'00000000-0000-0000-0000-000000000000'::uuid");
        let plan = db.prepared_plan(&statements::find_statement(&db, order), &values).await;
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

/// PostgreSQL keeps the plan of a foreign key's check as long as a session lives: a plan made for an empty table must still work for a full
/// one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_keys_are_checked_by_an_index_when_tables_were_empty_before_an_import() {
    assert_foreign_keys_are_checked_by_an_index(Database::postgres().await).await;
}

pub(super) async fn assert_foreign_keys_are_checked_by_an_index(mut db: Database) {
    let (user, list) = user_with_list(&db).await;
    job(&db, user, list, 0..20).await;
    db.store.delete_list(user, list).await.unwrap();
    db.script("VACUUM ANALYZE").await;
    // Sessions that have planned nothing yet.
    db.store = store::open(&db.settings).await.unwrap();
    let list = db.store.create_list(user, "Watch later").await.unwrap().id;
    let before = rows_read_sequentially(&mut db, 20).await;
    job(&db, user, list, 0..2_000).await;
    assert_eq!(rows_read_sequentially(&mut db, 2_020).await, before);
}

/// How many rows of the referenced tables the server has read, once it has counted this many inserted videos.
async fn rows_read_sequentially(db: &mut Database, videos: i64) -> i64 {
    const OURS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'playmarks'";
    // A session reports its statistics when it ends.
    db.script(&format!("SELECT pg_terminate_backend(pid) {OURS}")).await;
    let counted = async || {
        db.number(&format!("SELECT count(*) {OURS}")).await == 0
            && db.number("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'videos'").await >= videos
    };
    wait_until("the server has counted what was stored", counted).await;
    db.store = store::open(&db.settings).await.unwrap();
    db.number("SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables WHERE relname IN ('users', 'lists', 'videos', 'processing_jobs')").await
}
